"""The snippets of the page about private networks are valid for the platforms and the application."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from jitaccess.environment import Environment
from tests.architecture.repository import ROOT
from tests.deploy.schema import discovery
from tests.deploy.test_app_engine import camel

PAGE = (ROOT / "docs/private-networks.md").read_text()
SNIPPETS: list[dict[str, Any]] = [
    yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
]


def test_app_engine_knows_the_connector() -> None:
    connector = SNIPPETS[0]["vpc_access_connector"]
    schema = discovery("appengine.v1")["schemas"]["VpcAccessConnector"]["properties"]
    assert {camel(name) for name in connector} <= set(schema)
    setting = connector["egress_setting"].upper().replace("-", "_")
    assert setting in {"PRIVATE_RANGES_ONLY", "PRIVATE_IP_RANGES"}


def test_cloud_run_knows_the_annotations() -> None:
    described = str(discovery("run.v1"))
    annotations = SNIPPETS[1]
    assert {name for name in annotations if name not in described} == set()
    (interface,) = json.loads(annotations["run.googleapis.com/network-interfaces"])
    assert set(interface) == {"network", "subnetwork"}


def test_every_address_of_a_database_can_be_read() -> None:
    addresses = re.findall(r"postgres://[^\s'`]+", PAGE)
    assert len(addresses) == 3
    for url in addresses:
        found = Environment({"DATABASE_URL": url}).database("DATABASE_URL", "")
        assert (found["NAME"], "jitaccess" in found["USER"]) == ("jitaccess", True)
