"""Checks that the eligibility index is refreshed."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

from eligibility.index.served import CLOCK_SKEW, latest
from eligibility.models import Refresh
from jitaccess.doctor.check_result import CheckResult, ok, problem
from jitaccess.doctor.target import Target
from jitaccess.runtime import Platform

INDEX = "Eligibility index"
# A scheduler calls every 15 minutes; a large organization takes several runs.
OLDEST = timedelta(hours=6)
REFRESH = {
    Platform.APP_ENGINE: "gcloud app deploy cron.yaml",
    Platform.CLOUD_RUN: "gcloud run jobs execute jitaccess-refresh --region=REGION",
    Platform.MACHINE: "python manage.py refresh_eligibility",
}


def index_age(target: Target) -> CheckResult:
    """Tell how old the served index is."""
    served = latest()
    age = target.clock() - served.started_at if served else None
    if served and age is not None and -CLOCK_SKEW <= age <= OLDEST:
        minutes = max(0, int(age.total_seconds())) // 60
        return ok(INDEX, f"{served.projects} projects as of {minutes} min ago")
    hours = int(age.total_seconds()) // 3600 if age else 0
    what = f"It is {hours} h old." if served else "It was never complete."
    what = "A wrong clock dated it to the future." if hours < 0 else what
    failed = Refresh.objects.exclude(last_error="").order_by("pk").last()
    because = f" Last error: {failed.last_error}" if failed else ""
    return problem(
        INDEX,
        f"{what}{because}",
        "Lists do not use an index that is older than a day. Let a scheduler run the refresh every"
        " 15 minutes, and fix its last error.",
        REFRESH[settings.PLATFORM],
    )
