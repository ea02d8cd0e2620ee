"""`manage.py lint_eligibility`: formats, exit codes, and reading without an index."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from simulator import Simulator
from tests.conftest import FakeClock
from tests.eligibility.cases import JIT
from tests.eligibility.indexed_world import index_of
from tests.moments import now

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
GRANTING = {"roles/dataflow.admin", "roles/dataproc.admin"}


def lint(*arguments: str) -> tuple[int, str, str]:
    """Exit code, output and errors."""
    said, errors = io.StringIO(), io.StringIO()
    try:
        call_command("lint_eligibility", *arguments, stdout=said, stderr=errors)
    except SystemExit as end:
        return int(end.code or 0), said.getvalue(), errors.getvalue()
    return 0, said.getvalue(), errors.getvalue()


def findings(output: str) -> list[dict[str, Any]]:
    document = json.loads(output)
    assert list(document) == ["findings"]
    return list(document["findings"])


def without_granting(simulated: Simulator) -> None:
    policy = simulated.company.policy("shop-staging")
    kept = [binding for binding in policy["bindings"] if binding["role"] not in GRANTING]
    simulated.company.put_policy("shop-staging", policy | {"bindings": kept})


@pytest.fixture(params=["index", "live"])
def world(request: pytest.FixtureRequest, simulated: Simulator) -> Simulator:
    """The company without and with an index; tests change it before `ready`."""
    simulated.is_indexed = request.param == "index"  # type: ignore[attr-defined]
    return simulated


def ready(world: Any) -> None:
    if world.is_indexed:
        index_of(world.company, now())


def test_a_binding_that_grants_makes_the_exit_code_1(world: Simulator) -> None:
    ready(world)
    code, said, _ = lint("--format", "json")
    found = [one for one in findings(said) if one["kind"] == "really_grants"]
    assert code == 1
    assert {one["role"] for one in found} == GRANTING
    for one in found:
        assert list(one) == ["kind", "node", "role", "members", "text", "command"]
        assert (one["node"], one["members"]) == (
            "projects/shop-staging",
            ["user:alice@example.com"],
        )
        assert one["command"].startswith("gcloud projects remove-iam-policy-binding shop-staging ")


def test_near_misses_alone_leave_the_exit_code_at_0(world: Simulator) -> None:
    without_granting(world)
    ready(world)
    code, said, _ = lint("--format=json")
    assert code == 0
    assert {one["role"] for one in findings(said) if one["kind"] == "near_miss"} == {
        *("roles/redis.admin", "roles/composer.admin"),
    }


def test_folders_and_the_organization_are_read_too(world: Simulator) -> None:
    for node in ("folders/11", "organizations/7"):
        world.company.bind(node, "roles/run.admin", "user:alice@example.com", f"{JIT} || true")
    ready(world)
    _, said, _ = lint("--format=json")
    nodes = {one["node"] for one in findings(said) if one["role"] == "roles/run.admin"}
    assert nodes == {"folders/11", "organizations/7"}


def test_without_findings_the_json_is_whole(world: Simulator) -> None:
    for resource in world.company.resources.values():
        world.company.put_policy(resource.name, {"bindings": []})
    ready(world)
    code, said, _ = lint("--format=json")
    assert (code, findings(said)) == (0, [])


def test_people_read_text_with_a_summary(world: Simulator) -> None:
    ready(world)
    code, said, _ = lint()
    assert code == 1
    assert "Grants without activation: roles/dataproc.admin on projects/shop-staging" in said
    assert "  Members: user:alice@example.com" in said
    assert "  $ gcloud projects remove-iam-policy-binding shop-staging " in said
    assert said.rstrip().endswith("2 bindings may grant a role without activation.")


def test_hidden_characters_do_not_reach_the_terminal(simulated: Simulator) -> None:
    simulated.company.bind(
        "shop-prod", "roles/x.y", "user:a\x1b[31m@example.com", f"{JIT} || true", title="\x1b[0m"
    )
    index_of(simulated.company, now())
    _, said, _ = lint()
    assert "\x1b" not in said


@pytest.mark.parametrize("age", [None, timedelta(hours=25)])
def test_without_a_recent_index_it_says_what_is_not_checked(
    simulated: Simulator, age: timedelta | None
) -> None:
    if age:
        index_of(simulated.company, now() - age)
    code, said, errors = lint("--format=json")
    assert code == 1
    assert "groups and reviewers are not checked" in errors
    assert "no_reviewer" not in said


def test_when_google_does_not_answer_the_exit_code_is_2(
    simulated: Simulator, no_retry_delay: FakeClock
) -> None:
    simulated.faults.add("cloudasset.*", status=503, times=None)
    with pytest.raises(CommandError, match="could not be read completely") as error:
        lint("--format=json")
    assert error.value.returncode == 2


def test_an_answer_that_breaks_off_is_no_whole_json(
    simulated: Simulator, no_retry_delay: FakeClock
) -> None:
    simulated.page_size = 1
    said = io.StringIO()
    simulated.faults.add("cloudasset.searchAllIamPolicies", status=503, times=None, after=5)
    with pytest.raises(CommandError) as error:
        call_command("lint_eligibility", "--format=json", stdout=said, stderr=io.StringIO())
    assert error.value.returncode == 2
    with pytest.raises(json.JSONDecodeError):
        json.loads(said.getvalue())
