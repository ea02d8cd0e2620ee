"""What all checks examine: this deployment, with new connections, and the names for commands."""

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
    """A separate cloud client, without cached tokens or answers, and the clock."""

    cloud: Cloud
    clock: Callable[[], datetime]

    @property
    def account(self) -> str:
        """Our service account, or a placeholder for the command."""
        try:
            return self.cloud.metadata.service_account_email
        except GoogleCloudError:
            return "SERVICE_ACCOUNT_EMAIL"

    @property
    def project(self) -> str:
        """Our own project, or a placeholder for the command."""
        try:
            return settings.GOOGLE_CLOUD_PROJECT or self.cloud.metadata.project_id
        except GoogleCloudError:
            return "PROJECT_ID"

    @property
    def member(self) -> str:
        return f"--member=serviceAccount:{self.account}"

    def enable(self, service: str) -> str:
        """Return the command that enables an API."""
        return f"gcloud services enable {service}.googleapis.com --project={self.project}"

    def grant_on_scope(self, role: str) -> str:
        """Return the command that grants our service account a role on the whole scope."""
        kind, _, name = settings.RESOURCE_SCOPE.partition("/")
        group = {"folders": "resource-manager folders"}.get(kind, kind)
        return (
            f"gcloud {group} add-iam-policy-binding {name} {self.member}"
            f" --role={role} --condition=None"
        )


def target(clock: Callable[[], datetime]) -> Target:
    """Return this deployment, with connections that do not retry after a failure."""
    usual = providers.cloud_config()
    impatient = replace(
        usual,
        connect_timeout=min(usual.connect_limit, LONGEST_CALL),
        read_timeout=min(usual.read_limit, LONGEST_CALL),
        retry_budget=0,
    )
    return Target(Cloud(impatient, sleep=lambda _: None), clock)
