"""Every gcloud command in the documents exists, and has the flags that are used."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import pytest

from tests.architecture.repository import name_of, tracked

# Command to flags, only those that the pages use. Each is in the command tree of gcloud 528.0.0,
# where all were looked up in November 2026, or (private networks, key rotation, emergency access) in Google's pages; none was run. Not
# confirmed there: `cloud-run` as
# `--resource-type` of `iap web` without beta, which the release notes promise since 558.0.0, and
# whether a later gcloud removed anything.
IAM_BINDING = {"--member", "--role"}
COMMANDS: dict[str, set[str]] = {
    "app create": {"--region"},
    "app deploy": {"--no-promote", "--version"},
    "app services set-traffic": {"--splits"},
    "app versions describe": {"--service", "--format"},
    "app versions list": {"--service", "--hide-no-traffic", "--format"},
    "artifacts repositories create": {"--repository-format", "--location"},
    "auth configure-docker": set(),
    "auth print-access-token": set(),
    "beta services identity create": {"--service", "--project"},
    "compute addresses create": {"--global", "--purpose", "--prefix-length", "--network"},
    "compute addresses describe": {"--global", "--format"},
    "compute backend-services add-backend": {
        *("--global", "--network-endpoint-group", "--network-endpoint-group-region")
    },
    "compute backend-services create": {"--load-balancing-scheme", "--global"},
    "compute backend-services describe": {"--global", "--format"},
    "compute forwarding-rules create": {
        *("--load-balancing-scheme", "--address", "--target-https-proxy", "--global", "--ports")
    },
    "compute network-endpoint-groups create": {
        *("--region", "--network-endpoint-type", "--cloud-run-service")
    },
    "compute networks vpc-access connectors create": {"--region", "--network", "--range"},
    "compute ssl-certificates create": {"--domains", "--global"},
    "compute target-https-proxies create": {"--ssl-certificates", "--url-map"},
    "compute url-maps create": {"--default-service"},
    "config set": set(),
    "iam service-accounts add-iam-policy-binding": IAM_BINDING,
    "iam service-accounts create": {"--display-name"},
    "iam service-accounts keys create": {"--iam-account"},
    "iam service-accounts keys delete": {"--iam-account"},
    "iam service-accounts keys list": {"--iam-account"},
    "iap web add-iam-policy-binding": {*IAM_BINDING, "--resource-type", "--service", "--region"},
    "logging metrics create": {"--description", "--log-filter", "--config-from-file"},
    "monitoring dashboards create": {"--config-from-file"},
    "organizations add-iam-policy-binding": {*IAM_BINDING, "--condition"},
    "projects add-iam-policy-binding": {*IAM_BINDING, "--condition", "--condition-from-file"},
    "projects remove-iam-policy-binding": {*IAM_BINDING, "--condition-from-file"},
    "projects describe": {"--format"},
    "projects set-iam-policy": set(),
    "resource-manager folders add-iam-policy-binding": {*IAM_BINDING, "--condition"},
    "run jobs add-iam-policy-binding": {*IAM_BINDING, "--region"},
    "run jobs execute": {"--region", "--wait"},
    "run jobs executions list": {"--job"},
    "run jobs replace": set(),
    "run services add-iam-policy-binding": {*IAM_BINDING, "--region"},
    "run services describe": {"--format"},
    "run services replace": set(),
    "run services update-traffic": {"--region", "--to-revisions"},
    "scheduler jobs create http": {
        *("--location", "--schedule", "--uri", "--http-method", "--oauth-service-account-email")
    },
    "secrets add-iam-policy-binding": IAM_BINDING,
    "secrets create": {"--data-file"},
    "secrets versions add": {"--data-file"},
    "secrets versions disable": {"--secret"},
    "secrets versions list": set(),
    "services enable": set(),
    "services vpc-peerings connect": {"--service", "--ranges", "--network"},
    "sql backups create": {"--instance"},
    "sql databases create": {"--instance"},
    "sql instances clone": {"--point-in-time"},
    "sql instances create": {
        *("--database-version", "--edition", "--tier", "--region", "--deletion-protection"),
        *("--backup-start-time", "--enable-point-in-time-recovery", "--master-instance-name"),
    },
    "sql instances describe": {"--format"},
    "sql instances patch": {
        *("--availability-type", "--database-flags", "--network", "--no-assign-ip"),
    },
    "sql instances promote-replica": set(),
    "sql users set-password": {"--instance", "--password"},
    "sql users create": {"--instance", "--password", "--type"},
}
FENCE = re.compile(r"```sh\n(.*?)```", re.DOTALL)
INLINE = re.compile(r"`(gcloud [^`]+)`")
# A deployment file may contain its command in a comment.
FILES = {name_of(path): path for path in tracked(".md", ".yaml")}


def commands(text: str) -> Iterator[str]:
    """Return each gcloud command on one line, without pipes."""
    blocks = [block.replace("\\\n", " ") for block in FENCE.findall(text)]
    lines = [line for block in blocks for line in block.splitlines()]
    inner = [
        found
        for line in lines
        for found in re.findall(r"\$\((gcloud [^()]*(?:\([^()]*\))?[^()]*)\)", line)
    ]
    plain = [re.sub(r"\$\(gcloud.*\)", "X", line) for line in lines]
    for line in [
        *plain,
        *inner,
        *INLINE.findall(text),
        *re.findall(r"^#.*?(gcloud .*)$", text, re.MULTILINE),
    ]:
        for part in re.split(r"\||;|&&", line):
            if "gcloud " in part:
                yield part[part.index("gcloud ") :].strip()


def words(command: str) -> tuple[str, set[str]]:
    """Return the words of the command, and its flags."""
    parts = shlex.split(command, comments=True)[1:]
    name = next(
        (
            " ".join(parts[:length])
            for length in range(len(parts), 0, -1)
            if " ".join(parts[:length]) in COMMANDS
        ),
        " ".join(parts),
    )
    return name, {part.split("=")[0] for part in parts if part.startswith("--")}


@pytest.mark.parametrize("name", sorted(FILES))
def test_commands_and_flags_are_googles(name: str) -> None:
    for command in commands(FILES[name].read_text()):
        found, flags = words(command)
        assert found in COMMANDS, command
        assert flags - COMMANDS[found] == set(), command


def test_every_command_of_the_list_is_used() -> None:
    used = {words(c)[0] for path in FILES.values() for c in commands(path.read_text())}
    assert set(COMMANDS) - used == set()
