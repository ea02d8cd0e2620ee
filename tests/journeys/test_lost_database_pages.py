"""Whatever page or list is open when the database is lost, people and programs read the cause."""

from __future__ import annotations

import pytest

from tests.conftest import PersonClient
from tests.jitaccess.log_lines import LogLines
from tests.journeys.lost_database import answered, failing_from
from tests.journeys.shop import COMPUTE, PROJECT

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

ADMIN = "/admin/activations"
PLACES = (
    *("/", f"/projects/{PROJECT}", "/activity", "/reviews", "/explain", "/nothing"),
    *(f"/activate?projectId={PROJECT}&role={COMPUTE}", f"/ask?projectId={PROJECT}"),
    *("/requests/7b6a4f3e-0000-4000-8000-000000000000", "/admin/", "/admin/doctor/"),
    *(
        f"{ADMIN}/{name}/"
        for name in ("request", "grant", "event", "outboxmessage", "queuedrequest")
    ),
    *("/api/policy", "/api/projects", "/api/requests", "/api/grants", "/api/eligible"),
    f"/api/projects/{PROJECT}/roles",
)


@pytest.mark.parametrize("path", PLACES)
def test_every_page_names_the_cause_wherever_the_connection_breaks(
    path: str, olga: PersonClient, log: LogLines
) -> None:
    assert olga.api_get(path).status_code < 500
    for statement in range(1, 30):
        log.entries.clear()
        with failing_from(statement):
            answer = answered(olga).api_get(path)
        if not log.of("database.failed"):
            break  # the page needs fewer statements
        assert answer.status_code == 503
        assert "The database cannot be reached" in answer.content.decode()
        assert len(log.of("database.failed")) == 1
        assert log.of("http.error") == []
        is_api = path.startswith("/api/")
        assert answer["Content-Type"].startswith("application/json" if is_api else "text/html")
    assert statement > 1
