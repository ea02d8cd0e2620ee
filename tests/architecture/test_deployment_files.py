"""The container and App Engine receive what the code needs, under existing names."""

from __future__ import annotations

import re

import pytest
import yaml

from tests.architecture.repository import PACKAGES, ROOT, tracked
from tests.architecture.test_configuration_page import rows

DOCKERFILE = (ROOT / "Dockerfile").read_text()
APP_YAML = yaml.safe_load((ROOT / "app.yaml").read_text())


def test_app_engine_is_given_only_variables_that_exist() -> None:
    assert set(APP_YAML["env_variables"]) - set(rows()) == set()


def test_app_engine_gets_text_for_every_variable() -> None:
    assert [n for n, value in APP_YAML["env_variables"].items() if not isinstance(value, str)] == []


def test_app_engine_and_the_container_start_the_same_server() -> None:
    assert APP_YAML["entrypoint"] == "gunicorn jitaccess.wsgi"
    assert 'CMD ["gunicorn", "jitaccess.wsgi"]' in DOCKERFILE


@pytest.mark.django_db(transaction=True)  # the start reads the database, then closes the connection
def test_app_engine_finds_its_default_entry_point() -> None:
    from main import app

    assert callable(app)


def test_both_run_the_same_python() -> None:
    runtime = APP_YAML["runtime"].removeprefix("python")
    versions = set(re.findall(r"python:?(3\.\d+)", DOCKERFILE))
    assert {version.replace(".", "") for version in versions} == {runtime}


def test_the_container_holds_every_production_package_and_not_the_simulator() -> None:
    copied = set(re.findall(r"^COPY (\w+) \w+$", DOCKERFILE, re.MULTILINE))
    assert copied == (set(PACKAGES) - {"simulator"}) | {"templates", "static"}


def test_the_build_context_is_exactly_what_is_copied() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    sent = {line.removeprefix("!") for line in lines if line.startswith("!")}
    copied: set[str] = set()
    for names in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE):
        copied |= set(names.split())
    assert "*" in lines
    assert sent == copied


def test_the_container_does_not_run_as_root() -> None:
    users = re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE)
    assert users
    assert users[-1] not in {"root", "0"}


def test_the_container_keeps_the_description_of_every_api_in_use() -> None:
    kept = set(re.findall(r"! -name (\S+)\.json", DOCKERFILE))
    spoken: set[str] = set()
    for path in tracked(".py", under=("googlecloud/",)):
        spoken |= {
            f"{api}.{version}"
            for api, version in re.findall(
                r'"(admin|cloudasset|cloudidentity|cloudresourcemanager|iam|iamcredentials|pubsub|secretmanager)",\s*"([a-z_]*v\d+)"',
                path.read_text(),
            )
        }
    assert spoken
    assert spoken <= kept
