"""The platform: App Engine, Cloud Run, or an ordinary machine."""

from __future__ import annotations

from enum import Enum

from jitaccess.environment import Environment


class Platform(Enum):
    APP_ENGINE = "App Engine"
    CLOUD_RUN = "Cloud Run"
    MACHINE = "one machine"

    @property
    def has_ephemeral_disk(self) -> bool:
        """Whether the platform deletes the file system with the instance."""
        return self is not Platform.MACHINE


def platform(env: Environment) -> Platform:
    """Return the platform, recognised by the variables that it sets."""
    if env.is_set("GAE_SERVICE") or env.is_set("GAE_ENV"):
        return Platform.APP_ENGINE
    if env.is_set("K_SERVICE") or env.is_set("CLOUD_RUN_JOB"):
        return Platform.CLOUD_RUN
    return Platform.MACHINE
