"""The query of an analysis, and the combinations that Google refuses."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from simulator.cloud_asset import PREFIX
from simulator.errors import invalid
from simulator.google_api import ApiCall
from simulator.resources import Resource

MOST_ACCESSES = 10
EVERY_ROLE = "resourcemanager.projects.get"
IDENTITY = "analysisQuery.identitySelector.identity"
RESOURCE = "analysisQuery.resourceSelector.fullResourceName"
ROLES = "analysisQuery.accessSelector.roles"
PERMISSIONS = "analysisQuery.accessSelector.permissions"
ACCESS_TIME = "analysisQuery.conditionContext.accessTime"
OPTIONS = "analysisQuery.options."
SECONDS = re.compile(r"(\d+(?:\.\d+)?)s")
# Google does not say how much a slow clock may be behind.
TOLERANCE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class AnalysisQuery:
    """Selectors that are empty match everything."""

    document: dict[str, Any]
    identity: str
    resource: Resource | None
    roles: tuple[str, ...]
    permissions: tuple[str, ...]
    access_time: datetime | None
    seconds: float | None
    expand_groups: bool
    expand_resources: bool
    output_group_edges: bool

    @classmethod
    def read(cls, call: ApiCall, scope: Resource) -> "AnalysisQuery":
        """Read the parameters of a call.

        :raises ApiError: 400 for what Google does not accept.
        """
        query = cls(
            document=document(call, scope),
            identity=call.text(IDENTITY),
            resource=resource_of(call, scope),
            roles=tuple(call.query.get(ROLES, ())),
            permissions=tuple(call.query.get(PERMISSIONS, ())),
            access_time=access_time(call.text(ACCESS_TIME)),
            seconds=seconds(call.text("executionTimeout")),
            expand_groups=option(call, "expandGroups"),
            expand_resources=option(call, "expandResources"),
            output_group_edges=option(call, "outputGroupEdges"),
        )
        query._check(expand_roles=option(call, "expandRoles"))
        return query

    def accesses(self, role: str) -> list[dict[str, Any]]:
        """Return those of the selected roles and permissions that a role gives."""
        if not self.roles and not self.permissions:
            return [{"role": role}]
        found = [{"role": role}] if role in self.roles else []
        included = [name for name in self.permissions if name == EVERY_ROLE]
        return found + [{"permission": name} for name in included]

    def _check(self, *, expand_roles: bool) -> None:
        accesses = len(self.roles) + len(self.permissions)
        if not self.identity and self.resource is None and not accesses:
            raise invalid("At least one of the selectors must be specified.")
        if self.identity and (":" not in self.identity or set("*?") & set(self.identity)):
            raise invalid(f"Invalid identity: {self.identity}.")
        if accesses > MOST_ACCESSES:
            raise invalid(f"At most {MOST_ACCESSES} roles and permissions can be specified.")
        if self.identity and self.expand_groups:
            raise invalid("expandGroups cannot be used together with identitySelector.")
        if accesses and expand_roles:
            raise invalid("expandRoles cannot be used together with accessSelector.")
        if self.expand_resources and self.resource and self.resource.kind != "projects":
            raise invalid("expandResources cannot be used with a folder or an organization.")


def document(call: ApiCall, scope: Resource) -> dict[str, Any]:
    """Return the query as Google repeats it: only what was sent, and the scope."""
    sent: dict[str, Any] = {"scope": scope.name}
    for name, values in call.query.items():
        first, _, rest = name.partition(".")
        if first == "analysisQuery":
            group, _, field = rest.partition(".")
            is_list = name in (ROLES, PERMISSIONS)
            sent.setdefault(group, {})[field] = values if is_list else values[-1]
    return sent


def resource_of(call: ApiCall, scope: Resource) -> Resource | None:
    """Return the selected resource.

    :raises ApiError: 400 for an unknown resource, and for one outside the scope.
    """
    name = call.text(RESOURCE)
    if not name:
        return None
    company = call.world.company
    found = company.find(name.removeprefix(PREFIX)) if name.startswith(PREFIX) else None
    if found is None or not found.visible or scope not in company.ancestry(found):
        raise invalid(f"Resource {name} does not exist in scope {scope.name}.")
    return found


def access_time(text: str) -> datetime | None:
    """Return the time at which conditions are evaluated.

    :raises ApiError: 400 when it is malformed or has passed.
    """
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except ValueError as error:
        raise invalid(f"Invalid value at '{ACCESS_TIME}' (TYPE_STRING), \"{text}\"") from error
    if moment < datetime.now(UTC) - TOLERANCE:
        raise invalid("The access time must not be earlier than the current time.")
    return moment


def seconds(text: str) -> float | None:
    """Return a duration.

    :raises ApiError: 400 when it is malformed.
    """
    if not text:
        return None
    if match := SECONDS.fullmatch(text):
        return float(match[1])
    raise invalid(
        f"Invalid value at 'execution_timeout' (type.googleapis.com/Duration), \"{text}\""
    )


def option(call: ApiCall, name: str) -> bool:
    """Return a boolean option."""
    return call.text(f"{OPTIONS}{name}").lower() == "true"
