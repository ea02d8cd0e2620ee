"""Reading and writing policies: versions, etags, masks."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from simulator import Simulator
from tests.simulator.client import Google, message

PLAIN = {"role": "roles/browser", "members": ["user:carol@example.com"]}


def test_a_reader_of_version_3_sees_conditions(google: Google) -> None:
    policy = google.policy()
    assert policy["version"] == 3
    assert policy["bindings"][0]["condition"]["expression"] == "has({}.jitAccessConstraint)"


def test_a_reader_of_an_older_version_gets_mangled_roles_and_no_conditions(google: Google) -> None:
    policy = google.policy(version=1)
    assert policy["version"] == 1
    assert not any("condition" in binding for binding in policy["bindings"])
    assert policy["bindings"][0]["role"].startswith("roles/cloudfunctions.admin_withcond_")
    assert "roles/viewer" in [binding["role"] for binding in policy["bindings"]]


def test_a_policy_without_conditions_says_version_1_to_everybody(
    sim: Simulator, google: Google
) -> None:
    sim.company.put_policy("payroll", {"bindings": [PLAIN]})
    assert google.policy("projects/payroll")["version"] == 1


def test_an_empty_policy_has_an_etag_and_no_bindings(google: Google) -> None:
    assert google.policy("projects/jit-access-host") == {"etag": "ACAB", "version": 1}


def test_a_write_answers_the_new_policy_with_a_new_etag(google: Google) -> None:
    before = google.policy()
    status, after = google.add(PLAIN)
    assert status == 200
    assert after["etag"] != before["etag"]
    assert after == google.policy()
    assert after["bindings"] == [*before["bindings"], PLAIN]


def test_a_stale_etag_is_a_conflict_in_googles_shape(google: Google) -> None:
    stale = google.policy()
    google.add(PLAIN)
    status, body = google.write(stale)
    assert (status, body["error"]["code"], body["error"]["status"]) == (409, 409, "ABORTED")
    assert body["error"]["message"].startswith("There were concurrent policy changes.")


def test_a_write_without_an_etag_overwrites_blindly(google: Google) -> None:
    google.add(PLAIN)
    assert google.write({"bindings": [PLAIN]})[0] == 200
    assert google.policy()["bindings"] == [PLAIN]


def test_projects_are_also_known_by_number(google: Google) -> None:
    assert google.policy("projects/200000000001") == google.policy()


@pytest.mark.parametrize(
    "name", ["folders/10", "organizations/7", "projects/example.com:legacy-crm"]
)
def test_folders_organizations_and_old_project_ids_have_policies(google: Google, name: str) -> None:
    assert google.policy(name)["bindings"]
    assert google.add(PLAIN, name)[0] == 200


def test_conditions_cannot_be_written_with_an_older_version(google: Google) -> None:
    policy = google.policy()
    answer = google.write(policy | {"version": 1})
    assert answer[0] == 400
    assert "does not support conditional role bindings" in message(answer)


def test_conditions_cannot_be_replaced_by_an_older_version_with_their_etag(google: Google) -> None:
    etag = google.policy()["etag"]
    answer = google.write({"etag": etag, "bindings": [PLAIN]})
    assert answer[0] == 400
    assert "cannot be replaced" in message(answer)


def test_there_is_no_version_2(google: Google) -> None:
    assert google.write({"version": 2, "bindings": []})[0] == 400


def test_audit_settings_survive_a_write_that_does_not_name_them(
    sim: Simulator, google: Google
) -> None:
    before = sim.company.policy("shop-prod")["auditConfigs"]
    google.write({"version": 3, "bindings": [PLAIN], "auditConfigs": []})
    assert sim.company.policy("shop-prod")["auditConfigs"] == before


def test_audit_settings_change_when_the_mask_names_them(sim: Simulator, google: Google) -> None:
    before = sim.company.policy("shop-prod")["bindings"]
    status, _ = google.write({"auditConfigs": []}, updateMask="policy.auditConfigs")
    assert status == 200
    assert sim.company.policy("shop-prod")["auditConfigs"] == []
    assert sim.company.policy("shop-prod")["bindings"] == before


def test_a_mask_of_unknown_fields_is_refused(google: Google) -> None:
    assert google.write({"bindings": []}, updateMask="roles")[0] == 400


def test_a_write_without_a_policy_is_refused(google: Google) -> None:
    assert google.post("/v3/projects/shop-prod:setIamPolicy", {})[0] == 400


def test_bindings_without_members_vanish(google: Google) -> None:
    google.add({"role": "roles/browser", "members": []})
    assert "roles/browser" not in [binding["role"] for binding in google.policy()["bindings"]]


@pytest.mark.parametrize("verb", ["getIamPolicy", "setIamPolicy"])
@pytest.mark.parametrize("project", ["hidden", "never-was"])
def test_unknown_and_invisible_projects_look_the_same(
    sim: Simulator, google: Google, verb: str, project: str
) -> None:
    sim.company.add_project("hidden", visible=False)
    answer = google.post(f"/v3/projects/{project}:{verb}", {})
    assert answer[0] == 403
    assert message(answer) == (
        f"Permission 'resourcemanager.projects.{verb}' denied on resource "
        f"'//cloudresourcemanager.googleapis.com/projects/{project}' (or it may not exist)."
    )


def test_a_project_that_waits_for_deletion_can_be_read_but_not_written(google: Google) -> None:
    assert google.policy("projects/retired-blog")["etag"]
    answer = google.write({"bindings": [PLAIN]}, "projects/retired-blog")
    assert answer[0] == 400
    assert answer[1]["error"]["status"] == "FAILED_PRECONDITION"


def test_a_removed_project_is_gone_by_id_and_by_number(sim: Simulator, google: Google) -> None:
    sim.company.remove_project("payroll")
    assert google.post("/v3/projects/payroll:getIamPolicy", {})[0] == 403
    assert google.post("/v3/projects/200000000005:getIamPolicy", {})[0] == 403


def test_twenty_writers_who_retry_on_conflict_lose_nothing(sim: Simulator, google: Google) -> None:
    emails = [f"writer{number}@example.com" for number in range(20)]
    for email in emails:
        sim.company.add_user(email)

    def insist(email: str) -> int:
        for attempt in range(200):
            status, _ = google.add({"role": "roles/browser", "members": [f"user:{email}"]})
            if status == 200:
                return attempt
        raise AssertionError(email)

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(insist, emails))
    written = [each["members"][0] for each in google.policy()["bindings"][-20:]]
    assert sorted(written) == sorted(f"user:{email}" for email in emails)
