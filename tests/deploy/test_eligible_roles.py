"""The module for eligible roles writes conditions that make people eligible, and owns nothing else."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from eligibility.conditions import Eligibility, read_eligibility
from eligibility.entitlements import ActivationType
from tests.architecture.repository import ROOT
from tests.deploy.provider import types_in_use
from tests.deploy.terraform import MODULES, module_in

MODULE = module_in(MODULES / "eligible-roles")
TERRAFORM = shutil.which("terraform")
with_terraform = pytest.mark.skipif(
    TERRAFORM is None, reason="only Terraform evaluates its expressions"
)
OPERATORS = {"role": "roles/compute.admin", "member": "group:operators@example.com"}


def test_no_module_owns_bindings_that_others_make() -> None:
    """Resources *_iam_policy and *_iam_binding remove what they do not list, active access among it."""
    owning = {name for name in types_in_use() if re.search(r"_iam_(policy|binding)$", name)}
    assert owning == set()


def test_page_and_module_warn_of_resources_that_own_bindings() -> None:
    page = (ROOT / "docs/eligible-roles.md").read_text()
    module = (MODULES / "eligible-roles/main.tf").read_text()
    for text in (page, module):
        assert {"google_project_iam_policy", "google_project_iam_binding"} <= set(
            re.findall(r"google_\w+", text)
        )


def test_each_kind_of_resource_gets_the_same_binding() -> None:
    kinds = {name.split(".")[0]: body for name, body in MODULE.bodies.items() if "google_" in name}
    assert set(kinds) == {
        f"google_{kind}_iam_member" for kind in ("project", "folder", "organization")
    }
    for body in kinds.values():
        assert "local.conditions[each.key]" in body
        assert "local.title" in body


@with_terraform
@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, Eligibility(ActivationType.JIT)),
        ({"approval": True}, Eligibility(ActivationType.MPA)),
        (
            {"only": "projects/_/buckets/a"},
            Eligibility(ActivationType.JIT, 'resource.name.startsWith("projects/_/buckets/a")'),
        ),
        (
            {"until": "2040-01-31T00:00:00Z"},
            Eligibility(ActivationType.JIT, 'request.time < timestamp("2040-01-31T00:00:00Z")'),
        ),
    ],
)
def test_conditions_make_people_eligible(
    tmp_path: Path, more: dict[str, Any], expected: Eligibility
) -> None:
    outcome = evaluate(tmp_path, OPERATORS | more)
    assert outcome.returncode == 0, outcome.stderr
    assert read_eligibility(json.loads(outcome.stdout)["conditions"]["value"]["one"]) == expected


@with_terraform
@pytest.mark.parametrize(
    "more",
    [
        {"member": "domain:example.com"},
        {"member": "serviceAccount:a@b.iam.gserviceaccount.com"},
        {"role": "roles/owner"},
        {"only": 'a") || true || ("'},
        {"until": "2040-01-31"},
    ],
)
def test_values_that_would_grant_or_do_nothing_are_refused(
    tmp_path: Path, more: dict[str, Any]
) -> None:
    assert evaluate(tmp_path, OPERATORS | more).returncode != 0


def evaluate(folder: Path, eligible: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """Return the outputs of the module without its resources, whose provider is not available."""
    values = {"resource": "projects/shop-prod", "eligible": {"one": eligible}}
    (folder / "values.auto.tfvars.json").write_text(json.dumps(values))
    for name in ("variables.tf", "outputs.tf", "main.tf"):
        text = (MODULES / "eligible-roles" / name).read_text()
        (folder / name).write_text(text.split('resource "google_')[0])
    (folder / "terraformrc").write_text("")
    done = _run(folder, "apply", "-auto-approve", "-input=false")
    return _run(folder, "output", "-json") if done.returncode == 0 else done


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(TERRAFORM), *arguments],
        cwd=folder,
        env={
            "PATH": "/usr/bin:/bin",
            "TF_CLI_CONFIG_FILE": str(folder / "terraformrc"),
            "CHECKPOINT_DISABLE": "1",
        },
        capture_output=True,
        check=False,
        text=True,
    )
