"""Lists every variable that a start requires and lacks or cannot use, with the lines to add on this platform."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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

DATABASE = ("DATABASE_URL", "DATABASE_URL_SECRET", "ALLOW_SQLITE")


class ConfigurationRefused(ImproperlyConfigured):
    """Variables are missing or not valid; the text says which, and `problems` lists them."""

    def __init__(self, text: str, problems: Sequence[str]) -> None:
        super().__init__(text)
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Missing:
    """A variable that the start requires."""

    name: str
    example: str
    why: str


def require_configuration(env: Environment, platform: Platform, invalid: Sequence[str]) -> None:
    """Stop the start while a required variable is not set, or one of the problems `invalid` was found.

    :raises ConfigurationRefused: with a line for every variable that is missing, and every problem.
    """
    missing = list(_missing(env, platform))
    # A variable that is not set is not malformed as well.
    others = [text for text in invalid if not any(each.name in text for each in missing)]
    if not missing and not others:
        return
    parts = [_lines_to_add(missing, platform)] if missing else []
    if others:
        parts.append("The configuration has values that are not valid:\n\n" + "\n".join(others))
    unset = [f"{each.name} is not set. {each.why}." for each in missing]
    raise ConfigurationRefused("\n\n".join(parts), [*unset, *others])


def _lines_to_add(missing: Sequence[Missing], platform: Platform) -> str:
    place, form = WHERE[platform]
    lines = (f"# {each.why}\n{form.format(name=each.name, value=each.example)}" for each in missing)
    return f"The configuration is not complete. Add {place}, with your own values:\n\n" + "\n".join(
        lines
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
    if platform.has_ephemeral_disk and not any(map(env.is_set, DATABASE)):
        why = f"SQLite on {platform.value} loses the history with the instance; hence PostgreSQL (or DATABASE_URL)"
        example = "projects/PROJECT/secrets/jitaccess-database-url/versions/latest"
        yield Missing("DATABASE_URL_SECRET", example, why)
    sends_links = env.is_set("SMTP_SENDER_ADDRESS") or env.is_set("NOTIFICATION_TOPIC")
    if sends_links and not env.is_set("BASE_URL"):
        why = "The address in mails and messages; without it, the caller's Host header would decide it"
        yield Missing("BASE_URL", "https://jit.example.com", why)
