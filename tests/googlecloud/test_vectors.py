"""The original's answers to Google's responses, as far as this package gives them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from googlecloud.cloud import Cloud
from googlecloud.errors import Denied, GoogleCloudError, NotAuthenticated, NotFound
from googlecloud.iap import IapKeys, IapVerifier, InvalidAssertion
from tests.googlecloud.iap_signer import AUDIENCE, KEY_ID, NOW, Signer, claims
from tests.googlecloud.odd_server import OddServer, saying

FOLDER = Path(__file__).parents[1] / "vectors"
ERRORS: dict[str, type[GoogleCloudError]] = {
    "access_denied": Denied,
    "not_authenticated": NotAuthenticated,
    "resource_not_found": NotFound,
}
PLACEHOLDERS = {
    "<scope>": "organizations/7",
    "<id>": "p1",
    "<C…>": "Cinvalid",
    "<user>": "alice@example.com",
    "<email>": "g@example.com",
    "<path>": "projects/p1/secrets/s/versions/1",
    ": <upstream message>": "",
}
CALLS: dict[str, Callable[[Cloud], object]] = {
    "effectiveIamPolicies.batchGet": lambda cloud: cloud.asset.effective_policies(
        scope="organizations/7", project_id="p1"
    ),
    "analyzeIamPolicy by user": lambda cloud: cloud.policy_analyzer.bindings_of(
        scope="organizations/7", project_id="p1", user="alice@example.com"
    ),
    "analyzeIamPolicy by resource": lambda cloud: cloud.policy_analyzer.bindings_of_role(
        scope="organizations/7", project_id="p1", role="roles/viewer"
    ),
    "directory groups.list": lambda cloud: cloud.directory.groups_of(
        member="alice@example.com", customer_id="Cinvalid"
    ),
    "directory members.list": lambda cloud: cloud.directory.members_of(group="g@example.com"),
    "pubsub publish": lambda cloud: cloud.pubsub.publish(project_id="p1", topic="jit", data=b""),
    "secret access": lambda cloud: cloud.secret_manager.access(
        name="projects/p1/secrets/s/versions/1"
    ),
}
NO_SIGNING = "approval state is in the database: nothing is signed"
ELSEWHERE = {
    "analyzer_user_400_resource": "an error, because an empty answer hides what is wrong;"
    " tested in test_policy_analyzer",
    "analyzer_timeout": "tested in test_policy_analyzer",
    "sign_jwt_403": NO_SIGNING,
    "sign_jwt_ok": NO_SIGNING,
    "derived_customer_id": "settings refuse it when they are read, before there is a client",
    "resource_manager_ok": "test_policy_changes writes more than this, and purging is not ours",
    "unused_test_iam_permissions": "the product never asked this either",
    "unused_get_ancestry": "the product never asked this either",
}
DESIGNED_OTHERWISE = {
    "device_to_string": "claims hold the device id as plain text, there is no device object",
    "device_equal": "claims hold the device id as plain text, there is no device object",
    "device_not_equal": "claims hold the device id as plain text, there is no device object",
    "filter_header_missing": "the middleware answers; the verifier sees no header",
    "filter_debug_header_missing": "there is no debug login",
    "filter_debug_header": "there is no debug login",
}


def vectors(name: str) -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = json.loads((FOLDER / f"{name}.json").read_text())
    return read


def ours(name: str, but: dict[str, str]) -> list[Any]:
    return [
        pytest.param(vector, id=vector["name"])
        for vector in vectors(name)
        if vector["name"] not in but
    ]


@pytest.mark.parametrize("vector", ours("google_clients", ELSEWHERE))
def test_clients(odd: OddServer, odd_cloud: Cloud, vector: dict[str, Any]) -> None:
    refusal = {"error": {"message": "Upstream."}}
    odd.say(saying(refusal, vector["input"]["upstream_status"]))
    message = vector["expected"]["message"]
    for placeholder, value in PLACEHOLDERS.items():
        message = message.replace(placeholder, value)
    with pytest.raises(ERRORS[vector["expected"]["error"]]) as caught:
        CALLS[vector["input"]["call"]](odd_cloud)
    assert str(caught.value) == f"{message}: Upstream."


@pytest.mark.parametrize("vector", ours("iap_assertion", DESIGNED_OTHERWISE))
def test_assertions(odd: OddServer, vector: dict[str, Any]) -> None:
    signer = Signer()
    odd.say(saying({KEY_ID: signer.pem}))
    verifier = IapVerifier(IapKeys(odd.url), [AUDIENCE])
    if "headers" in vector["input"]:
        with pytest.raises(InvalidAssertion, match=vector["expected"]["message"]):
            verifier.verify(vector["input"]["headers"]["x-goog-iap-jwt-assertion"], NOW)
        return
    read = verifier.verify(signer.sign(claims(**vector["input"]["payload"])), NOW)
    assert read.device_id == vector["expected"]["device_id"]
    assert list(read.access_levels) == vector["expected"]["access_levels"]


def test_what_is_left_out_is_still_in_the_folder() -> None:
    assert ELSEWHERE.keys() <= {vector["name"] for vector in vectors("google_clients")}
    assert DESIGNED_OTHERWISE.keys() <= {vector["name"] for vector in vectors("iap_assertion")}
