"""Lists every variable that a start requires and lacks, with the lines to add on this platform."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured

from jitaccess.environment import Environment
from jitaccess.runtime import Platform

WHERE = {
    Platform.APP_ENGINE: ("to env_variables in app.yaml", '  {name}: "{value}"'),
    Platform.CLOUD_RUN: (
        "to env in the service's YAML",
        '        - name: {name}\n          value: "{value}"',
    ),
    Platform.MACHINE: ("to the environment", "export {name}='{value}'"),
}


@dataclass(frozen=True, slots=True)
class Missing:
    """A variable that the start requires."""

    name: str
    example: str
    why: str


def require_variables(env: Environment, platform: Platform) -> None:
    """Stop the start while a required variable is not set.

    :raises ImproperlyConfigured: with a line for every variable that is missing.
    """
    missing = list(_missing(env, platform))
    if not missing:
        return
    place, form = WHERE[platform]
    lines = (f"# {each.why}\n{form.format(name=each.name, value=each.example)}" for each in missing)
    raise ImproperlyConfigured(
        f"The configuration is not complete. Add {place}, with your own values:\n\n"
        + "\n".join(lines)
    )


def _missing(env: Environment, platform: Platform) -> Iterator[Missing]:
    if not env.is_set("RESOURCE_SCOPE") and not env.is_set("GOOGLE_CLOUD_PROJECT"):
        why = "What is managed: organizations/NUMBER, folders/NUMBER or projects/ID"
        yield Missing("RESOURCE_SCOPE", "organizations/NUMBER", why)
    if not env.is_set("RESOURCE_CUSTOMER_ID"):
        why = "Whose groups are read: the customer ID in the Admin console, Account settings"
        yield Missing("RESOURCE_CUSTOMER_ID", "C0123abcd", why)
    if not env.is_set("SECRET_KEY") and not env.is_set("SECRET_KEY_SECRET"):
        why = "The key that signs forms, 50 random characters in Secret Manager (or SECRET_KEY)"
        yield Missing("SECRET_KEY_SECRET", "projects/PROJECT/secrets/NAME/versions/latest", why)
    if platform.has_ephemeral_disk and not (
        env.is_set("DATABASE_URL") or env.is_set("ALLOW_SQLITE")
    ):
        why = f"SQLite on {platform.value} loses the history with the instance; hence DATABASE_URL"
        example = "postgres://USER:PASSWORD@//cloudsql/PROJECT:REGION:INSTANCE/NAME"
        yield Missing("DATABASE_URL", example, why)
