"""Lint says the same of an index that a refresh wrote."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import call_command

from simulator import Simulator
from tests.eligibility.cases import JIT


@pytest.mark.django_db
def test_what_a_refresh_wrote_gives_commands_with_the_whole_condition(
    simulated: Simulator,
) -> None:
    simulated.company.bind(
        "shop-prod",
        "roles/run.admin",
        "serviceAccount:bot@shop-prod.iam.gserviceaccount.com",
        f"{JIT} || true",
        title="Never again",
        description="Made by hand",
    )
    call_command("refresh_eligibility", stdout=io.StringIO(), stderr=io.StringIO())
    said, errors = io.StringIO(), io.StringIO()
    with pytest.raises(SystemExit):
        call_command("lint_eligibility", "--format=json", stdout=said, stderr=errors)
    assert errors.getvalue() == ""
    found = json.loads(said.getvalue())["findings"]
    (mine,) = [one for one in found if one["role"] == "roles/run.admin"]
    assert mine["command"] == (
        "gcloud projects remove-iam-policy-binding shop-prod"
        " --member=serviceAccount:bot@shop-prod.iam.gserviceaccount.com --role=roles/run.admin"
        " --condition='expression=has({}.jitAccessConstraint) || true,title=Never again,"
        "description=Made by hand'"
    )
    kinds = {one["kind"] for one in found}
    assert {"really_grants", "near_miss", "no_reviewer", "unreadable_group"} <= kinds
