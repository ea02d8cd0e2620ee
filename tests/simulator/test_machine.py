"""The metadata server and impersonation."""

from typing import Any

import pytest

from simulator import Simulator
from tests.simulator.client import GROUPS_READ, Google, message

FLAVOR = {"Metadata-Flavor": "Google"}


def value(google: Google, path: str) -> str:
    answer = google.raw("GET", f"/computeMetadata/v1/{path}", headers=FLAVOR)
    assert answer.status == 200
    assert answer.headers["Metadata-Flavor"] == "Google"
    return answer.data.decode()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("project/project-id", "jit-access-host"),
        ("project/numeric-project-id", "100000000001"),
        ("instance/region", "projects/100000000001/regions/europe-west1"),
        ("instance/zone", "projects/100000000001/zones/europe-west1-1"),
        (
            "instance/service-accounts/default/email",
            "jitaccess@jit-access-host.iam.gserviceaccount.com",
        ),
        (
            "instance/service-accounts/default/scopes",
            "https://www.googleapis.com/auth/cloud-platform\n",
        ),
        ("universe/universe-domain", "googleapis.com"),
        ("instance/service-accounts/default/", "aliases\nemail\nscopes\n"),
        ("project/", "numeric-project-id\nproject-id\n"),
    ],
)
def test_values_are_plain_text(google: Google, path: str, expected: str) -> None:
    assert value(google, path) == expected


def test_directories_come_whole_when_asked(google: Google, sim: Simulator) -> None:
    path = "/computeMetadata/v1/instance/service-accounts/default/?recursive=true"
    answer = google.raw("GET", path, headers=FLAVOR)
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.json()["email"] == sim.service_account
    everything = google.raw("GET", "/computeMetadata/v1/?recursive=true", headers=FLAVOR).json()
    assert everything["project"] == {
        "numericProjectId": "100000000001",
        "projectId": "jit-access-host",
    }
    assert sim.service_account in everything["instance"]["serviceAccounts"]


def test_the_header_is_required_both_ways(google: Google) -> None:
    answer = google.raw("GET", "/computeMetadata/v1/project/project-id")
    assert answer.status == 403
    assert answer.headers["Metadata-Flavor"] == "Google"


def test_unknown_values_are_404(google: Google) -> None:
    for path in ("instance/moon", "project/project-id/x", "instance/service-accounts/other/token"):
        assert google.raw("GET", f"/computeMetadata/v1/{path}", headers=FLAVOR).status == 404


def test_the_root_answers_a_ping(google: Google) -> None:
    answer = google.raw("GET", "/")
    assert (answer.status, answer.headers["Metadata-Flavor"]) == (200, "Google")


def test_the_token_works_for_cloud_platform_and_ignores_other_scopes(google: Google) -> None:
    path = f"instance/service-accounts/default/token?scopes={GROUPS_READ}"
    answer = google.raw("GET", f"/computeMetadata/v1/{path}", headers=FLAVOR).json()
    assert answer["token_type"] == "Bearer"
    google.headers = google.directory_headers = {
        "Authorization": f"Bearer {answer['access_token']}"
    }
    assert google.get("/v3/projects/payroll")[0] == 200
    assert google.directory("groups", customer="my_customer")[0] == 403


def impersonate(google: Google, account: str, **body: Any) -> tuple[int, Any]:
    return google.post(f"/v1/{account}:generateAccessToken", body)


def own_account(sim: Simulator) -> str:
    return f"projects/-/serviceAccounts/{sim.service_account}"


def test_impersonating_oneself_gives_other_scopes(sim: Simulator, google: Google) -> None:
    status, body = impersonate(google, own_account(sim), scope=[GROUPS_READ], lifetime="300s")
    assert status == 200
    assert body["expireTime"].endswith("Z")
    google.directory_headers = {"Authorization": f"Bearer {body['accessToken']}"}
    assert google.directory("groups", customer="my_customer")[0] == 200


def test_impersonation_needs_the_role_on_itself(sim: Simulator, google: Google) -> None:
    sim.self_impersonation = False
    answer = impersonate(google, own_account(sim), scope=[GROUPS_READ])
    assert answer[0] == 403
    assert "iam.serviceAccounts.getAccessToken" in message(answer)


def test_others_cannot_be_impersonated(google: Google) -> None:
    account = "projects/-/serviceAccounts/x@y.iam.gserviceaccount.com"
    assert impersonate(google, account, scope=[GROUPS_READ])[0] == 403


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"scope": ["a"], "lifetime": "1h"},
        {"scope": ["a"], "lifetime": "3601s"},
        {"scope": ["a"], "lifetime": "0s"},
    ],
)
def test_scope_and_lifetime_are_checked(
    sim: Simulator, google: Google, body: dict[str, Any]
) -> None:
    assert impersonate(google, own_account(sim), **body)[0] == 400


def test_the_wildcard_is_mandatory(sim: Simulator, google: Google) -> None:
    account = f"projects/jit-access-host/serviceAccounts/{sim.service_account}"
    assert impersonate(google, account, scope=["a"])[0] == 400
