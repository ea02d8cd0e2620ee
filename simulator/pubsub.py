"""Pub/Sub: publishing to a topic."""

import base64
import binascii
from typing import Any

from simulator.errors import ApiError, invalid
from simulator.google_api import ApiCall, GoogleRoute, google_api

MOST_MESSAGES = 1000
MOST_BYTES = 10_000_000
MOST_ATTRIBUTES = 100


def publish(call: ApiCall) -> dict[str, Any]:
    """Implement topics.publish: all messages or none."""
    name = call.path["topic"]
    if name not in call.world.company.topics:
        topic = name.rpartition("/")[2]
        raise ApiError(404, f"Resource not found (resource={topic}).")
    messages = call.body.get("messages") or []
    if not 0 < len(messages) <= MOST_MESSAGES:
        raise invalid(f"A publish request must have between 1 and {MOST_MESSAGES} messages.")
    if len({message.get("orderingKey", "") for message in messages}) > 1:
        raise invalid("In a single publish request, all messages must have the same ordering key.")
    contents = [content(message) for message in messages]
    if sum(len(data) for data, _ in contents) > MOST_BYTES:
        raise invalid("The value for request_size is too large.")
    key = messages[0].get("orderingKey", "")
    topics = call.world.company.topics
    published = [topics.append(name, data, attributes, key) for data, attributes in contents]
    return {"messageIds": [message.id for message in published]}


def test_permissions(call: ApiCall) -> dict[str, Any]:
    """Implement topics.testIamPermissions: no permissions, rather than 404, for a missing topic."""
    if call.path["resource"] not in call.world.company.topics:
        return {}
    asked = call.body.get("permissions") or []
    held = [each for each in asked if each not in call.world.withheld_permissions]
    return {"permissions": held} if held else {}


def content(message: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    """Return data and attributes of a message.

    :raises ApiError: 400 when it has neither, or they have the wrong type.
    """
    attributes = message.get("attributes") or {}
    try:
        data = base64.b64decode(message.get("data") or "", validate=True)
    except binascii.Error as error:
        raise invalid("Invalid value at 'messages[0].data' (TYPE_BYTES).") from error
    if not data and not attributes:
        raise invalid("Some messages are empty: data or at least one attribute is required.")
    if len(attributes) > MOST_ATTRIBUTES:
        raise invalid(f"A message must not have more than {MOST_ATTRIBUTES} attributes.")
    return data, attributes


def routes() -> list[GoogleRoute]:
    """Return the methods of this service."""
    handlers = {
        "projects.topics.publish": publish,
        "projects.topics.testIamPermissions": test_permissions,
    }
    return google_api("pubsub.v1", handlers)
