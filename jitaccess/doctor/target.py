"""What all checks look at: this deployment, asked anew, and the names that commands need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings

from eligibility import providers
from googlecloud.cloud import Cloud
from googlecloud.errors import GoogleCloudError

LONGEST_CALL = 8.0


@dataclass(frozen=True, slots=True)
class Target:
    """A cloud of its own, with no token or answer from before, and the clock."""

    cloud: Cloud
    clock: Callable[[], datetime]

    @property
    def account(self) -> str:
        """Our service account, or a word to replace."""
        try:
            return self.cloud.metadata.service_account_email
        except GoogleCloudError:
            return "SERVICE_ACCOUNT_EMAIL"

    @property
    def project(self) -> str:
        """Our own project, or a word to replace."""
        try:
            return settings.GOOGLE_CLOUD_PROJECT or self.cloud.metadata.project_id
        except GoogleCloudError:
            return "PROJECT_ID"

    @property
    def member(self) -> str:
        return f"--member=serviceAccount:{self.account}"

    def enable(self, service: str) -> str:
        """The command that switches an API on."""
        return f"gcloud services enable {service}.googleapis.com --project={self.project}"

    def grant_on_scope(self, role: str) -> str:
        """The command that gives our service account a role on all that is managed."""
        kind, _, name = settings.RESOURCE_SCOPE.partition("/")
        group = {"folders": "resource-manager folders"}.get(kind, kind)
        return (
            f"gcloud {group} add-iam-policy-binding {name} {self.member}"
            f" --role={role} --condition=None"
        )


def target(clock: Callable[[], datetime]) -> Target:
    """This deployment, by a connection that gives up at the first failure."""
    usual = providers.cloud_config()
    impatient = replace(
        usual,
        connect_timeout=min(usual.connect_limit, LONGEST_CALL),
        read_timeout=min(usual.read_limit, LONGEST_CALL),
        retry_budget=0,
    )
    return Target(Cloud(impatient, sleep=lambda _: None), clock)
