"""Secret Manager: reads a secret version."""

import base64
from typing import Any

from simulator.errors import ApiError, denied, invalid
from simulator.google_api import ApiCall, GoogleRoute, google_api

CASTAGNOLI = 0x82F63B78


def access(call: ApiCall) -> dict[str, Any]:
    """Implement versions.access; a project may be named by id or number."""
    _, project, _, secret, _, which = call.path["name"].split("/")
    resource = call.world.company.find(f"projects/{project}")
    if resource is None or not resource.visible:
        raise denied("secretmanager.versions.access", call.path["name"])
    if not which.isdigit() and which != "latest":
        raise invalid(f"Invalid resource name: {call.path['name']}.")
    full_name = f"projects/{resource.number}/secrets/{secret}"
    try:
        number, state, data = call.world.company.secrets.version(
            f"{resource.name}/secrets/{secret}", which
        )
    except LookupError as error:
        message = f"Secret [{full_name}] not found or has no versions."
        raise ApiError(404, message) from error
    name = f"{full_name}/versions/{number}"
    if state != "ENABLED":
        message = f"Secret Version [{name}] is in {state} state."
        raise ApiError(400, message, name="FAILED_PRECONDITION")
    payload = {"data": base64.b64encode(data).decode(), "dataCrc32c": str(crc32c(data))}
    return {"name": name, "payload": payload}


def crc32c(data: bytes) -> int:
    """Return the CRC-32C (Castagnoli) checksum."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (CASTAGNOLI if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def routes() -> list[GoogleRoute]:
    """Return the methods of this service."""
    return google_api("secretmanager.v1", {"projects.secrets.versions.access": access})
