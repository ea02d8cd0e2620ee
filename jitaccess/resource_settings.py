"""Reads scope, catalog and customer, and checks them at the start."""

from __future__ import annotations

import re

from django.core.exceptions import ImproperlyConfigured

from jitaccess.environment import Environment

CATALOGS = ("AssetInventory", "PolicyAnalyzer")  # the first is the default
VIEW = re.compile(
    r"(projects|folders|organizations)/[a-z0-9.:-]+/locations/[a-z0-9-]+/buckets/[\w.-]+/views/[\w.-]+"
)
BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
SCOPE = re.compile(r"organizations/\d+|folders/\d+|projects/[a-z0-9.:-]+")


def resource_scope(env: Environment) -> str:
    """Return the organization, folder or project whose eligible roles are offered.

    :raises ImproperlyConfigured: when it is missing or malformed.
    """
    project = env.text("GOOGLE_CLOUD_PROJECT")
    scope = env.text("RESOURCE_SCOPE", f"projects/{project}" if project else "")
    if not SCOPE.fullmatch(scope):
        raise ImproperlyConfigured(
            "RESOURCE_SCOPE must be organizations/NUMBER, folders/NUMBER or projects/ID,"
            f" not {scope!r}."
        )
    return scope


def audit_log_views(env: Environment) -> tuple[str, ...]:
    """Return the log views that have the audit log of the scope; none when not configured.

    :raises ImproperlyConfigured: when one is malformed.
    """
    views = tuple(dict.fromkeys(env.listing("AUDIT_LOG_VIEWS")))
    for view in views:
        if not VIEW.fullmatch(view):
            raise ImproperlyConfigured(
                "AUDIT_LOG_VIEWS must have views such as"
                f" projects/ID/locations/LOCATION/buckets/BUCKET/views/VIEW, not {view!r}."
            )
    return views


def export_bucket(env: Environment) -> str:
    """Return the bucket to which exports are delivered; '' when not configured.

    :raises ImproperlyConfigured: when it is not the name of a bucket.
    """
    bucket = env.text("EXPORT_BUCKET").removeprefix("gs://").rstrip("/")
    if bucket and not BUCKET.fullmatch(bucket):
        raise ImproperlyConfigured(
            f"EXPORT_BUCKET must be the name of a bucket without a folder, not {bucket!r}."
        )
    return bucket


def catalog_name(env: Environment) -> str:
    """Return the name of the catalog that finds eligible roles.

    :raises ImproperlyConfigured: for an unknown catalog.
    """
    name = env.text("RESOURCE_CATALOG", CATALOGS[0])
    for known in CATALOGS:
        if name.lower() == known.lower():
            return known
    raise ImproperlyConfigured(f"RESOURCE_CATALOG must be {' or '.join(CATALOGS)}, not {name!r}.")


def customer_id(env: Environment) -> str:
    """Return the id of the Cloud Identity or Workspace account whose groups are read.

    :raises ImproperlyConfigured: when it is missing or malformed.
    """
    customer = env.text("RESOURCE_CUSTOMER_ID")
    if not customer:
        raise ImproperlyConfigured(
            "RESOURCE_CUSTOMER_ID is required: the customer ID of your Cloud Identity or Workspace"
            " account (Admin console, Account settings; it looks like C0123abcd)."
        )
    if not re.fullmatch(r"C[A-Za-z0-9]+", customer):
        raise ImproperlyConfigured(
            f"RESOURCE_CUSTOMER_ID: Customer ID must use format Cxxxxxxxx, not {customer!r}."
        )
    return customer


def backend_service_id(env: Environment) -> str:
    """Return the id of the load balancer's backend service that IAP protects, or ''.

    :raises ImproperlyConfigured: for its name, or any other text that is not a number.
    """
    number = env.text("IAP_BACKEND_SERVICE_ID")
    if number and not re.fullmatch(r"[0-9]+", number):
        raise ImproperlyConfigured(
            "IAP_BACKEND_SERVICE_ID must be the number of the backend service, which"
            " `gcloud compute backend-services describe NAME --global --format 'value(id)'` prints,"
            f" not {number!r}."
        )
    return number
