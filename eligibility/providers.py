"""Creates the clients and catalogs of this process from Django's settings, on first use."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from django.conf import settings

from eligibility.ancestry import Ancestry
from eligibility.asset_inventory import AssetInventoryCatalog
from eligibility.caches import FACTS_KEPT_SECONDS, RecentFacts, RecentPrincipals
from eligibility.catalog import Catalog
from eligibility.explaining.live import LiveFacts
from eligibility.grantable_roles import GrantableRoles
from eligibility.group_members import GroupMembers
from eligibility.groups import GroupGraph, GroupSearch
from eligibility.policy_analyzer import PolicyAnalyzerCatalog
from eligibility.projects import ProjectDirectory
from eligibility.role_permissions import RolePermissions
from googlecloud.cloud import Cloud
from googlecloud.config import CloudConfig
from googlecloud.metadata import Metadata

if TYPE_CHECKING:
    from eligibility.index.recent_lists import RecentLists

T = TypeVar("T")

_built: dict[str, Any] = {}
_building = threading.RLock()
_throttles: dict[str, Callable[[], None]] = {"asset": lambda: None, "analysis": lambda: None}
# Lists of the policy analyzer are kept for longer, because its quota is one per day.
ANALYSES_KEPT_SECONDS = 300.0


def _once(name: str, build: Callable[[], T]) -> T:
    with _building:
        if name not in _built:
            _built[name] = build()
        found: T = _built[name]
        return found


def reset() -> None:
    """Discard all instances, because settings have changed (tests)."""
    with _building:
        _built.clear()


def use_cloud(cloud: Cloud) -> None:
    """Use this cloud from now on, for example one with another clock."""
    with _building:
        _built.clear()
        _built["cloud"] = cloud


def cloud() -> Cloud:
    return _once("cloud", lambda: Cloud(cloud_config()))


def metadata() -> Metadata:
    return cloud().metadata


def group_search() -> GroupSearch:
    return _once(
        "group_search",
        lambda: GroupSearch(
            cloud().cloud_identity,
            customer_id=settings.RESOURCE_CUSTOMER_ID,
            clock=time.monotonic,
        ),
    )


def groups() -> GroupGraph:
    return _once(
        "groups",
        lambda: GroupGraph(
            cloud().directory,
            customer_id=settings.RESOURCE_CUSTOMER_ID,
            search=group_search(),
            clock=time.monotonic,
        ),
    )


def group_members() -> GroupMembers:
    return _once(
        "group_members",
        lambda: GroupMembers(cloud().directory, search=group_search(), clock=time.monotonic),
    )


def grantable_roles() -> GrantableRoles:
    return _once("grantable_roles", lambda: GrantableRoles(cloud(), clock=time.monotonic))


def role_permissions() -> RolePermissions:
    return _once("role_permissions", lambda: RolePermissions(cloud(), clock=time.monotonic))


def ancestry() -> Ancestry:
    return _once("ancestry", lambda: Ancestry(cloud(), clock=time.monotonic))


def _asset_inventory() -> Catalog[Any]:
    return AssetInventoryCatalog(
        cloud(), scope=settings.RESOURCE_SCOPE, groups=groups(), throttle=_throttle_asset
    )


def _policy_analyzer() -> Catalog[Any]:
    return PolicyAnalyzerCatalog(
        cloud(), scope=settings.RESOURCE_SCOPE, groups=groups(), throttle=_throttle_analysis
    )


# By the value of RESOURCE_CATALOG; the settings reject all others.
CATALOGS: dict[str, Callable[[], Catalog[Any]]] = {
    "AssetInventory": _asset_inventory,
    "PolicyAnalyzer": _policy_analyzer,
}
LISTS_KEPT_SECONDS = {"AssetInventory": FACTS_KEPT_SECONDS, "PolicyAnalyzer": ANALYSES_KEPT_SECONDS}


def catalog() -> Catalog[Any]:
    """The catalog that `RESOURCE_CATALOG` names."""
    return _once("catalog", CATALOGS[settings.RESOURCE_CATALOG])


def recent_facts() -> RecentFacts:
    """Return the cached facts for displaying lists. Decisions use the catalog instead."""
    seconds = LISTS_KEPT_SECONDS[settings.RESOURCE_CATALOG]
    return _once(
        "recent_facts", lambda: RecentFacts(catalog(), seconds=seconds, clock=time.monotonic)
    )


def recent_principals() -> RecentPrincipals:
    """Principals for lists from the index; decisions ask `groups()`."""
    return _once("recent_principals", lambda: RecentPrincipals(groups(), clock=time.monotonic))


def recent_lists() -> RecentLists:
    """Lists from the index, of all people."""
    # Models can be imported only when Django's apps are loaded; their configurations import this module.
    from eligibility.index.recent_lists import RecentLists  # noqa: PLC0415

    return _once("recent_lists", RecentLists)


def projects() -> ProjectDirectory:
    return _once(
        "projects",
        lambda: ProjectDirectory(
            cloud().resource_manager, query=settings.AVAILABLE_PROJECTS_QUERY, clock=time.monotonic
        ),
    )


def live_facts() -> LiveFacts:
    """What explanations ask; nothing of it is remembered but group edges, projects and role names."""
    return LiveFacts(
        cloud(),
        scope=settings.RESOURCE_SCOPE,
        groups=groups(),
        members=group_members(),
        listed=lambda: projects().project_ids(),
        is_grantable=lambda project_id, role: grantable_roles().is_grantable(project_id, role),
        throttle=_throttle_asset,
    )


def _throttle_asset() -> None:
    _throttles["asset"]()


def _throttle_analysis() -> None:
    _throttles["analysis"]()


def use_throttles(*, asset: Callable[[], None], analysis: Callable[[], None]) -> None:
    """Call these before each call to Cloud Asset and before each analysis.

    The app `activations` knows the shared limits.
    """
    _throttles.update(asset=asset, analysis=analysis)


def cloud_config() -> CloudConfig:
    return CloudConfig(
        endpoint=settings.GOOGLE_API_ENDPOINT or None,
        endpoints=settings.GOOGLE_API_ENDPOINTS,
        proxy=settings.HTTPS_PROXY,
        no_proxy=settings.NO_PROXY,
        connect_timeout=settings.BACKEND_CONNECT_TIMEOUT,
        read_timeout=settings.BACKEND_READ_TIMEOUT,
        write_timeout=settings.BACKEND_WRITE_TIMEOUT,
        version=settings.APPLICATION_VERSION,
    )
