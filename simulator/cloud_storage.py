"""Cloud Storage: resumable uploads of objects that must not exist, and reading them."""

import json
import re
from collections.abc import Callable
from urllib.parse import parse_qs, unquote, urlsplit

from simulator.discovery import document
from simulator.errors import ApiError
from simulator.exchange import Answer, Request, json_answer
from simulator.google_api import ApiCall, GoogleRoute, google_api
from simulator.object_store import Bucket, Session
from simulator.request_check import check_access
from simulator.routes import PlainRoute
from simulator.world import World

UPLOAD = "/upload/storage/v1/b/"
OBJECTS = "/storage/v1/b/"
INSERT, GET = "storage.objects.insert", "storage.objects.get"
SPAN = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")
RANGE = re.compile(r"bytes=(\d+)-(\d+)")
MULTIPLE = 256 * 1024
Work = Callable[[World, Request], Answer]


def checked(method: str, work: Work) -> Work:
    """Return the work with Google's checks of the token before it."""

    def serve(world: World, request: Request) -> Answer:
        try:
            check_access(document("storage.v1").methods[method], world.tokens, request)
            return work(world, request)
        except ApiError as error:
            return json_answer(error.legacy_body(), error.status, error.headers)

    return serve


def bucket_of(world: World, name: str) -> Bucket:
    """Return a bucket.

    :raises ApiError: 404 when there is none.
    """
    found = world.storage.buckets.get(name)
    if found is None:
        raise ApiError(404, "The specified bucket does not exist.")
    return found


def refuse(world: World, permission: str, what: str) -> ApiError:
    """Return a 403 in the words of Cloud Storage."""
    return ApiError(
        403,
        f"{world.service_account} does not have {permission} access to the Google Cloud Storage {what}.",
        reason="forbidden",
    )


def insert(world: World, request: Request) -> Answer:
    """objects.insert as a resumable upload: begin it, or store a part."""
    session = world.storage.sessions.get(request.query.get("upload_id", [""])[-1])
    if request.method == "PUT":
        if session is None:
            raise ApiError(410, "The upload session has expired.")
        return store_part(world, session, request)
    bucket = bucket_of(world, request.path.removeprefix(UPLOAD).partition("/")[0])
    if not bucket.may_create:
        raise refuse(world, "storage.objects.create", "object")
    if request.query.get("ifGenerationMatch") != ["0"]:
        raise ApiError(400, "This simulator stores new objects only: ifGenerationMatch=0.")
    if request.query.get("uploadType") != ["resumable"]:
        raise ApiError(400, "This simulator knows resumable uploads only.")
    name, about = request.query["name"][-1], json.loads(request.body)
    key = world.storage.begin(bucket, name, about)
    host = request.headers["host"]
    address = f"http://{host}{request.path}?uploadType=resumable&upload_id={key}"
    return Answer(200, b"", {"Location": address})


def store_part(world: World, session: Session, request: Request) -> Answer:
    """Store a part; answer 308 until the last one."""
    match = SPAN.fullmatch(request.headers.get("content-range", ""))
    if match is None:
        raise ApiError(400, "Invalid Content-Range.")
    total = None if match[3] == "*" else int(match[3])
    if total is None and len(request.body) % MULTIPLE:
        raise ApiError(400, "The size of a part must be a multiple of 256 KiB.")
    start = int(match[1]) if match[1] else len(session.data)
    if world.storage.append(session, start, request.body, total):
        return json_answer(session.bucket.describe(session.name))
    stored = {"Range": f"bytes=0-{len(session.data) - 1}"} if session.data else {}
    return Answer(308, b"", stored)


def get(world: World, request: Request) -> Answer:
    """objects.get: the object's resource, or a range of its content."""
    path = urlsplit(request.target).path.removeprefix(OBJECTS)
    bucket_name, _, name = path.partition("/o/")
    bucket, name = bucket_of(world, bucket_name), unquote(name)
    if not bucket.may_read:
        raise refuse(world, "storage.objects.get", "object")
    if name not in bucket.objects:
        raise ApiError(404, f"No such object: {bucket_name}/{name}")
    if parse_qs(urlsplit(request.target).query).get("alt") != ["media"]:
        return json_answer(bucket.describe(name))
    data = bucket.objects[name]
    match = RANGE.fullmatch(request.headers.get("range", ""))
    if match is None:
        return Answer(200, data)
    if int(match[1]) >= len(data):
        return Answer(416)
    return Answer(206, data[int(match[1]) : int(match[2]) + 1])


def get_bucket(call: ApiCall) -> dict[str, object]:
    """buckets.get."""
    bucket = bucket_of(call.world, call.path["bucket"])
    found: dict[str, object] = {"kind": "storage#bucket", "name": call.path["bucket"]}
    if bucket.retention_seconds:
        policy = {"retentionPeriod": str(bucket.retention_seconds), "isLocked": bucket.is_locked}
        found["retentionPolicy"] = policy
    return found


def test_permissions(call: ApiCall) -> dict[str, object]:
    """buckets.testIamPermissions."""
    bucket = bucket_of(call.world, call.path["bucket"])
    held = {"storage.objects.create": bucket.may_create, "storage.objects.get": bucket.may_read}
    asked = call.query.get("permissions", [])
    return {"permissions": [one for one in asked if held.get(one, True)]}


def routes() -> list[GoogleRoute | PlainRoute]:
    """Return the methods of this service."""
    handlers = {"buckets.get": get_bucket, "buckets.testIamPermissions": test_permissions}
    return [
        *google_api("storage.v1", handlers),
        PlainRoute(INSERT, UPLOAD, checked(INSERT, insert), slow=True),
        PlainRoute(GET, OBJECTS, checked(GET, get), slow=True),
    ]
