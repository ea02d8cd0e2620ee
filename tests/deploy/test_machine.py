"""The files for nginx and systemd fit the server and its commands; they are parsed, not run."""

from __future__ import annotations

import configparser
import re
import runpy
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.core.management import get_commands

from jitaccess import settings
from tests.architecture.repository import ROOT
from tests.deploy.test_cloud_run import COMMANDS, JOBS

FOLDER = ROOT / "deploy/machine"
UNITS = sorted(path.name for path in FOLDER.iterdir() if path.suffix in {".service", ".timer"})
SERVER: dict[str, Any] = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
UNIT_SIZES = {"k": 1024, "m": 1024 * 1024, "s": 1}
SCHEDULES = {"minutely", "hourly", "*:0/5", "*:0/15", "*-*-* 03:00:00"}
Block = dict[str, list[str]]


def directives(text: str) -> Block:
    """Return nginx's directives by name; those of inner blocks too, because no name is used twice differently."""
    bare = re.sub(r"#.*", "", text)
    found: Block = {}
    for statement in re.findall(r"([^;{}]+)[;{]", bare):
        name, *values = statement.split(maxsplit=1)
        found.setdefault(name, []).append(values[0].strip() if values else "")
    return found


NGINX = directives((FOLDER / "nginx.conf").read_text())


def amount(value: str) -> int:
    """Return bytes or seconds."""
    return int(value[:-1]) * UNIT_SIZES[value[-1]]


def unit(name: str) -> configparser.ConfigParser:
    parsed = configparser.ConfigParser(strict=False, interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment,method-assign]  # names of systemd keep their case
    parsed.read_string((FOLDER / name).read_text())
    return parsed


def test_blocks_are_closed() -> None:
    text = re.sub(r"#.*", "", (FOLDER / "nginx.conf").read_text())
    assert text.count("{") == text.count("}")
    assert re.findall(r"^\s*[^\s{}][^;{}]*$", text, re.MULTILINE) == []


def test_nginx_buffers_requests_and_refuses_large_ones_like_the_application() -> None:
    assert NGINX["proxy_request_buffering"] == NGINX["proxy_buffering"] == ["on"]
    assert amount(NGINX["client_max_body_size"][0]) == settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert {"client_header_timeout", "client_body_timeout", "send_timeout"} <= set(NGINX)


def test_a_header_that_gunicorn_accepts_passes_nginx() -> None:
    _, size = NGINX["large_client_header_buffers"][0].split()
    assert amount(size) >= SERVER["limit_request_field_size"]


def test_nginx_waits_for_the_slowest_answer_and_repeats_nothing() -> None:
    assert amount(NGINX["proxy_read_timeout"][0]) > SERVER["timeout"]
    assert amount(NGINX["keepalive_timeout"][0]) >= SERVER["keepalive"]
    assert NGINX["proxy_next_upstream"] == ["off"]


def test_host_scheme_and_the_balancers_addresses_are_passed_on() -> None:
    passed = dict(value.split(maxsplit=1) for value in NGINX["proxy_set_header"])
    assert passed["Host"] == "$http_host"
    assert passed["X-Forwarded-Proto"] == "$scheme"
    assert passed["X-Forwarded-For"] == "$http_x_forwarded_for"


def test_server_and_nginx_agree_on_the_port() -> None:
    command = unit("jitaccess.service")["Service"]["ExecStart"].split()
    assert command[command.index("--bind") + 1] == NGINX["server"][0]


@pytest.mark.parametrize("name", UNITS)
def test_timers_run_commands_that_exist(name: str) -> None:
    stem = Path(name).stem
    assert unit(name)["Unit"]["Description"]
    if name.endswith(".timer"):
        assert stem.removeprefix("jitaccess-job@") in get_commands()
        assert unit(name)["Timer"]["OnCalendar"] in SCHEDULES


def test_timers_run_what_cloud_run_runs() -> None:
    job = unit("jitaccess-job@.service")["Service"]
    assert job["ExecStart"] == "/opt/jitaccess/.venv/bin/python manage.py %i"
    assert {name for name in UNITS if name.endswith(".timer")} == {
        f"jitaccess-job@{COMMANDS.get(name, name.removeprefix('job-'))}.timer"
        for name in JOBS
        if name != "job-migrate"
    }


def test_server_and_jobs_have_the_same_limits_and_variables() -> None:
    def shared(name: str) -> dict[str, str]:
        own = {"Type", "ExecStart", "KillMode", "Restart", "RestartSec"}
        times = {"TimeoutStopSec", "TimeoutStartSec"}
        return {k: v for k, v in unit(name)["Service"].items() if k not in own | times}

    assert shared("jitaccess.service") == shared("jitaccess-job@.service")
    stop = int(unit("jitaccess.service")["Service"]["TimeoutStopSec"])
    assert stop > SERVER["graceful_timeout"]


PAGE = (ROOT / "docs/deploy-machine.md").read_text()


def test_variables_are_loaded_before_static_files_are_collected() -> None:
    blocks = [
        block for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) if "manage.py" in block
    ]
    assert len(blocks) == 2  # the installation and the upgrade
    for block in blocks:
        assert block.index(". /etc/jitaccess/environment") < block.index("collectstatic")


def test_systemd_and_the_shell_read_the_same_variables(tmp_path: Path) -> None:
    (block,) = re.findall(r"```sh\n(RESOURCE_SCOPE=.*?)```", PAGE, re.DOTALL)
    written = dict(line.split("=", 1) for line in block.splitlines())
    assert any(" " in value for value in written.values())
    file = tmp_path / "environment"
    file.write_text(block)
    shell = subprocess.run(
        ["sh", "-ec", 'set -a; . "$0"; set +a; env -0', str(file)],
        capture_output=True,
        text=True,
        check=True,
    )
    read = dict(entry.split("=", 1) for entry in shell.stdout.split("\0") if entry)
    assert {name: f"'{read[name]}'" for name in written} == written
