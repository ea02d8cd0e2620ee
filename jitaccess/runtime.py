"""Where we run: App Engine, Cloud Run, or one's own machine."""

from __future__ import annotations

from enum import Enum

from jitaccess.environment import Environment


class Platform(Enum):
    APP_ENGINE = "App Engine"
    CLOUD_RUN = "Cloud Run"
    MACHINE = "one machine"

    @property
    def forgets_files(self) -> bool:
        """Whether the file system is gone with the instance."""
        return self is not Platform.MACHINE


def platform(env: Environment) -> Platform:
    """The platform, by the variables that it sets itself."""
    if env.is_set("GAE_SERVICE") or env.is_set("GAE_ENV"):
        return Platform.APP_ENGINE
    if env.is_set("K_SERVICE") or env.is_set("CLOUD_RUN_JOB"):
        return Platform.CLOUD_RUN
    return Platform.MACHINE
