"""Fill the eligibility index of a running demo: python -m tests.browser.fill_index.

The index is more than a day old, so that the demo's own lists do not use it.
"""

from __future__ import annotations

from datetime import timedelta

import django

django.setup()

from eligibility.models import Refresh  # noqa: E402  # Django first
from tests.activations.admin import eligible  # noqa: E402  # Django first
from tests.eligibility.cases import JIT  # noqa: E402  # Django first

ENDED = f'{JIT} && request.time < timestamp("2020-01-01T00:00:00Z")'

if __name__ == "__main__":
    company = eligible.company()
    company.bind("billing", "roles/viewer", ["group:sre@example.com", "user:bob@example.com"], ENDED)
    company.join("oncall@example.com", "secret@example.com")
    company.add_group("secret@example.com", [])
    refresh = eligible.index(company, age=timedelta(days=2))
    eligible.unreadable("secret@example.com")
    Refresh.objects.filter(pk=refresh.pk).update(
        projects=3, warnings=["The members of secret@example.com cannot be read."]
    )
    Refresh.objects.create(
        started_at=refresh.started_at + timedelta(days=1), last_error="Denied: permission denied"
    )
