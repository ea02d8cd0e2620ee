"""App Engine's files have the variables of the original's article and are valid for the platform."""

from __future__ import annotations

import re
import runpy
from typing import Any

import pytest
import yaml
from django.test import Client
from pytest_django import Settings

from certification.jobs import JOBS
from jitaccess.runtime import Platform
from simulator import Simulator
from tests.architecture.repository import ROOT
from tests.deploy.schema import discovery
from tests.deploy.terraform import MODULES

APP: dict[str, Any] = yaml.safe_load((ROOT / "app.yaml").read_text())
CRON: list[dict[str, str]] = yaml.safe_load((ROOT / "cron.yaml").read_text())["cron"]
# The limit of db-g1-small, the machine that the documents name.
CONNECTIONS = 50
# The API uses other names for `url` and `secure` of a handler.
HANDLER = {"url": "urlRegex", "secure": "securityLevel", "script": "script"}


def camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)


def test_the_variables_of_the_article_are_there() -> None:
    article = {
        *("RESOURCE_SCOPE", "RESOURCE_CATALOG", "RESOURCE_CUSTOMER_ID"),
        *("ACTIVATION_TIMEOUT", "JUSTIFICATION_HINT", "JUSTIFICATION_PATTERN"),
    }
    assert article <= set(APP["env_variables"])
    assert (APP["instance_class"], APP["runtime"]) == ("F2", "python313")


def test_app_engine_knows_every_element() -> None:
    schemas = discovery("appengine.v1")["schemas"]
    assert {camel(name) for name in APP} <= set(schemas["Version"]["properties"])
    for handler in APP["handlers"]:
        assert {HANDLER[name] for name in handler} <= set(schemas["UrlMap"]["properties"])
        assert (
            f"SECURE_{handler['secure'].upper()}"
            in schemas["UrlMap"]["properties"]["securityLevel"]["enum"]
        )


@pytest.mark.django_db
@pytest.mark.parametrize("service", APP["inbound_services"])
def test_every_request_of_the_platform_is_answered(
    service: str, simulated: Simulator, settings: Settings
) -> None:
    """App Engine sends these requests without an assertion."""
    settings.PLATFORM = Platform.APP_ENGINE
    assert service == "warmup"
    assert Client().get(f"/_ah/{service}").status_code == 200


def test_the_schedule_runs_every_job_and_no_other() -> None:
    assert {entry["url"] for entry in CRON} == {f"/cron/{name}" for name in JOBS}
    assert len(CRON) == len(JOBS)


def test_every_schedule_is_one_that_app_engine_reads() -> None:
    assert [
        entry for entry in CRON if not re.fullmatch(r"every \d+ (minutes|hours)", entry["schedule"])
    ] == []


@pytest.mark.parametrize("job", ["decide", "deliver", "expire", "remind", "start"])
def test_what_people_wait_for_runs_each_minute(job: str) -> None:
    schedules = {entry["url"]: entry["schedule"] for entry in CRON}
    assert schedules[f"/cron/{job}"] == "every 1 minutes"


def test_cron_and_warm_up_are_not_redirected_and_everybody_else_is() -> None:
    for path in ("/cron/deliver", "/_ah/warmup"):
        first = next(h for h in APP["handlers"] if re.fullmatch(h["url"], path))
        assert first["secure"] == "optional"
    others = next(h for h in APP["handlers"] if re.fullmatch(h["url"], "/"))
    assert others["secure"] == "always"


def test_all_instances_together_leave_connections_to_others() -> None:
    server = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
    workers = int(APP["env_variables"]["WEB_CONCURRENCY"])
    each = workers * (server["threads"] + 1)  # and the thread that delivers
    # During an upgrade, two versions are connected.
    assert 2 * each * APP["automatic_scaling"]["max_instances"] < CONNECTIONS - 10


def test_static_files_and_the_schedule_are_deployed() -> None:
    ignored = (ROOT / ".gcloudignore").read_text().splitlines()
    assert not {"staticfiles/", "static/", "cron.yaml", "app.yaml", "gunicorn.conf.py"} & set(
        ignored
    )


def test_local_keys_and_tools_are_not_deployed() -> None:
    for name in (".gcloudignore", ".gitignore"):
        assert {".env", "cloud-sql-proxy"} <= set((ROOT / name).read_text().splitlines())


def test_an_administrator_is_named_who_needs_no_group() -> None:
    """While groups cannot be read, nobody else can open the doctor."""
    assert APP["env_variables"]["ADMINISTRATORS"].startswith("user:")


def test_cron_yaml_finds_its_scheduler() -> None:
    page = (ROOT / "docs/deploy-app-engine.md").read_text()
    assert (
        "cloudscheduler.googleapis.com" in page.split("gcloud services enable")[1].split("```")[0]
    )
    assert '"cloudscheduler.googleapis.com"' in (MODULES / "appengine/main.tf").read_text()


def test_a_version_that_is_only_looked_at_has_an_address_of_its_own() -> None:
    """BASE_URL is required with mail or Pub/Sub, and only its host is accepted."""
    page = (ROOT / "docs/upgrade.md").read_text()
    own = APP["env_variables"]["BASE_URL"].replace("https://", "https://LOOK-dot-")
    assert f"set `BASE_URL` to that version's own address, `{own}`" in page
    assert "leave out `BASE_URL`" not in page
