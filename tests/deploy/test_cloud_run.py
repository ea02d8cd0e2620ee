"""Cloud Run's files are valid for its API and complete for the application."""

from __future__ import annotations

import re
import runpy
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

from activations import jobs as scheduled
from tests.architecture.repository import ROOT
from tests.architecture.test_configuration_page import rows
from tests.deploy.schema import discovery, unknown_fields
from tests.deploy.terraform import MODULES, module_in

FOLDER = ROOT / "deploy/cloudrun"
FILES = {path.stem: path for path in sorted(FOLDER.glob("*.yaml"))}
SERVICES = ("service-iap", "service-load-balancer")
JOBS = (
    *("job-audit", "job-export"),
    *("job-campaigns", "job-decide", "job-deliver", "job-migrate", "job-packs", "job-reconcile"),
    *("job-refresh", "job-remind", "job-start", "job-verify"),
)
COMMANDS = {
    "job-audit": "reconcile_audit_log",
    "job-export": "deliver_exports",
    "job-packs": "make_packs",
    "job-refresh": "refresh_eligibility",
    "job-start": "start_scheduled",
    "job-verify": "verify_evidence",
}
# Annotations that Google documents in Cloud Run's YAML reference, but not in the API's description.
DOCUMENTED_ELSEWHERE = frozenset({"run.googleapis.com/iap-enabled"})


def document(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load(FILES[name].read_text()))


def service_spec(name: str) -> dict[str, Any]:
    return dict(document(name)["spec"]["template"]["spec"])


def job_spec(name: str) -> dict[str, Any]:
    return dict(document(name)["spec"]["template"]["spec"]["template"]["spec"])


def container(name: str) -> dict[str, Any]:
    (only,) = (service_spec(name) if name in SERVICES else job_spec(name))["containers"]
    return dict(only)


def variables(name: str) -> dict[str, dict[str, Any]]:
    return {entry["name"]: entry for entry in container(name)["env"]}


def annotations_of(name: str) -> dict[str, str]:
    whole = document(name)
    inner = whole["spec"]["template"]["metadata"]["annotations"]
    return dict(whole["metadata"].get("annotations", {}) | inner)


def test_these_are_all_files() -> None:
    assert set(FILES) == {*SERVICES, *JOBS}


@pytest.mark.parametrize("name", FILES)
def test_the_api_knows_every_field(name: str) -> None:
    whole = document(name)
    assert list(unknown_fields(whole, whole["kind"], api="run.v1")) == []


@pytest.mark.parametrize("name", FILES)
def test_annotations_are_known_and_are_text(name: str) -> None:
    described = str(discovery("run.v1"))
    unknown = {key for key in annotations_of(name) if key not in described} - DOCUMENTED_ELSEWHERE
    assert unknown == set()
    assert {type(value) for value in annotations_of(name).values()} == {str}


@pytest.mark.parametrize("name", FILES)
def test_the_application_knows_every_variable(name: str) -> None:
    assert set(variables(name)) - set(rows()) == set()


@pytest.mark.parametrize("name", FILES)
def test_what_is_secret_comes_from_secret_manager(name: str) -> None:
    for secret in ("SECRET_KEY", "DATABASE_URL"):
        assert "valueFrom" in variables(name)[secret]


@pytest.mark.parametrize("name", FILES)
def test_the_header_tells_the_command_with_this_files_name(name: str) -> None:
    group = "services" if name in SERVICES else "jobs"
    assert f"gcloud run {group} replace deploy/cloudrun/{name}.yaml" in FILES[name].read_text()


@pytest.mark.parametrize("name", SERVICES)
def test_probes_use_paths_that_need_no_assertion(name: str) -> None:
    probed = {container(name)[probe]["httpGet"]["path"] for probe in ("startupProbe",)}
    assert probed == {"/health/ready"}
    assert container(name)["livenessProbe"]["httpGet"]["path"] == "/health/alive"


@pytest.mark.parametrize("name", SERVICES)
def test_the_server_has_a_thread_for_every_request_and_a_processor_for_mails(name: str) -> None:
    server = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
    assert service_spec(name)["containerConcurrency"] <= server["workers"] * server["threads"]
    assert service_spec(name)["timeoutSeconds"] >= server["timeout"]
    assert annotations_of(name)["run.googleapis.com/cpu-throttling"] == "false"
    assert annotations_of(name)["autoscaling.knative.dev/minScale"] == "1"


def test_the_proxy_stands_in_exactly_one_place() -> None:
    direct, balanced = (annotations_of(name) for name in SERVICES)
    assert direct["run.googleapis.com/iap-enabled"] == "true"
    assert "IAP_BACKEND_SERVICE_ID" not in variables("service-iap")
    assert "run.googleapis.com/iap-enabled" not in balanced
    assert balanced["run.googleapis.com/ingress"] == "internal-and-cloud-load-balancing"
    assert "IAP_BACKEND_SERVICE_ID" in variables("service-load-balancer")


@pytest.mark.parametrize("name", SERVICES)
def test_an_administrator_is_named_who_needs_no_group(name: str) -> None:
    assert variables(name)["ADMINISTRATORS"]["value"].startswith("user:")


def test_both_services_differ_in_nothing_else() -> None:
    def without_proxy(name: str) -> tuple[Any, Any]:
        env = {k: v for k, v in variables(name).items() if k != "IAP_BACKEND_SERVICE_ID"}
        return container(name) | {"env": env}, service_spec(name) | {"containers": None}

    assert without_proxy("service-iap") == without_proxy("service-load-balancer")


@pytest.mark.parametrize("name", JOBS)
def test_jobs_run_commands_that_exist_and_never_on_a_file(name: str) -> None:
    python, manage, command, *_ = container(name)["command"]
    assert (python, manage) == ("python", "manage.py")
    assert command == COMMANDS.get(name, name.removeprefix("job-"))
    assert command in get_commands()
    assert variables(name)["ALLOW_SQLITE"]["value"] == "false"
    assert job_spec(name)["maxRetries"] >= 3


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("name", [name for name in JOBS if name != "job-migrate"])
def test_jobs_decide_by_the_rules_of_the_service(name: str, service: str) -> None:
    wanted = {k: v for k, v in variables(service).items() if not k.startswith("IAP_")}
    assert {k: v for k, v in variables(name).items() if k in wanted} == wanted
    (line,) = re.findall(r"# (Give the job .*)", FILES[name].read_text())
    assert line.endswith("all its other variables except those of IAP.")


@pytest.mark.parametrize(
    ("name", "last_step"),
    [("job-audit", 60), ("job-export", 300), ("job-reconcile", 30), ("job-refresh", 120)],
)
def test_a_run_ends_before_its_task_is_killed(name: str, last_step: int) -> None:
    *_, seconds = container(name)["command"]
    assert int(seconds) + last_step < int(job_spec(name)["timeoutSeconds"])


def test_terraform_sets_up_the_same_jobs() -> None:
    described = {name: [word.strip('"') for word in job["command"]] for name, job in _jobs()}
    assert described == {name.removeprefix("job-"): container(name)["command"] for name in JOBS}


def test_terraform_gives_jobs_the_same_time() -> None:
    described = {name: job["timeout"].strip('"') for name, job in _jobs()}
    assert described == {
        name.removeprefix("job-"): f"{job_spec(name)['timeoutSeconds']}s" for name in JOBS
    }


def test_every_scheduled_job_of_the_application_runs_here() -> None:
    """Requests expire in the job reconcile; a run of a job is a command here, not a call."""
    assert {f"job-{name}" for name in scheduled.JOBS} - {"job-expire"} <= set(JOBS)
    every = {name for name, job in _jobs() if job["schedule"] != '""'}
    assert every == {name.removeprefix("job-") for name in JOBS} - {"migrate"}


def test_the_page_schedules_the_same_jobs_at_the_same_times() -> None:
    page = (ROOT / "docs/deploy-cloud-run.md").read_text()
    made = re.findall(r'jobs create http jitaccess-(\w+) .*--schedule="(.+)"', page)
    assert dict(made) == {
        name: job["schedule"].strip('"') for name, job in _jobs() if job["schedule"] != '""'
    }
    (looped,) = re.findall(r"^for JOB in (.*); do$", page, re.MULTILINE)
    assert set(looped.split()) == {f"jitaccess-{name}" for name, _ in made}
    replaced = set(re.findall(r"run jobs replace deploy/cloudrun/(job-\w+)\.yaml", page))
    assert replaced == set(JOBS)


def test_an_upgrade_replaces_every_file() -> None:
    page = (ROOT / "docs/upgrade.md").read_text()
    replaced = set(re.findall(r"run jobs replace deploy/cloudrun/(job-\w+)\.yaml", page))
    assert replaced == set(JOBS)
    assert "deploy-cloud-run.md#the-regular-work" in page  # how new jobs are scheduled


def _jobs() -> Iterable[tuple[str, dict[str, Any]]]:
    (jobs,) = (
        block["jobs"]
        for block in module_in(MODULES / "cloudrun").blocks["locals"]
        if "jobs" in block
    )
    return dict(jobs).items()


def test_words_in_capitals_are_those_that_the_page_explains() -> None:
    page = (ROOT / "docs/deploy-cloud-run.md").read_text()
    for path in FILES.values():
        assert placeholders(path) - set(re.findall(r"`([A-Z][A-Z_]+)`", page)) == set()


def placeholders(path: Path) -> set[str]:
    """Return the words to replace: capitals in values, not the names of variables."""
    text = re.sub(r"- name: \w+|#.*", "", path.read_text())
    return set(re.findall(r"\b[A-Z][A-Z_]{3,}\b", text))
