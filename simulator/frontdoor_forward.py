"""Forwards a request to the application and streams its answer back."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPResponse

from simulator.frontdoor_assertion import trace_context
from simulator.frontdoor_session import other_cookies
from simulator.handler import Handler

CHUNK = 65536
TIMEOUT = 120
HOP_BY_HOP = {
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}


@contextmanager
def forward(handler: Handler, app: str, identity: Mapping[str, str]) -> Iterator[HTTPResponse]:
    """Yield the application's answer to the request that the handler is reading."""
    with closing(HTTPConnection(app, timeout=TIMEOUT)) as connection:
        connection.putrequest(
            handler.command, handler.path, skip_host=True, skip_accept_encoding=True
        )
        for name, value in [*kept_headers(handler), *identity.items()]:
            connection.putheader(name, value)
        connection.endheaders()
        for chunk in body_of(handler):
            connection.send(chunk)
        with connection.getresponse() as response:
            yield response


def kept_headers(handler: Handler) -> Iterator[tuple[str, str]]:
    """Yield the client's headers, without those that only a proxy may set."""
    seen = {name.lower() for name in handler.headers}
    for name, value in handler.headers.items():
        lowered = name.lower()
        if lowered in HOP_BY_HOP or lowered.startswith(("x-goog-", "x-forwarded-")):
            continue
        if lowered != "cookie":
            yield name, value
        elif others := other_cookies(value):
            yield name, others
    forwarded = handler.headers.get("X-Forwarded-For")
    client = str(handler.client_address[0])
    yield "X-Forwarded-For", f"{forwarded}, {client}" if forwarded else client
    yield "X-Forwarded-Proto", "http"
    if "x-cloud-trace-context" not in seen:
        yield "X-Cloud-Trace-Context", trace_context()
    yield "Connection", "close"


def body_of(handler: Handler) -> Iterator[bytes]:
    """Yield the request's body in pieces."""
    left = int(handler.headers.get("Content-Length") or 0)
    while left and (chunk := handler.rfile.read(min(CHUNK, left))):
        left -= len(chunk)
        yield chunk


def relay(handler: Handler, response: HTTPResponse) -> None:
    """Send the application's answer as it arrives."""
    handler.begun = True
    handler.send_response_only(response.status, response.reason)
    for name, value in response.getheaders():
        if name.lower() not in HOP_BY_HOP:
            handler.send_header(name, value)
    has_body = handler.command != "HEAD" and response.status not in (204, 304)
    is_chunked = has_body and response.length is None
    if is_chunked:
        handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    while has_body and (chunk := response.read1(CHUNK)):
        handler.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk) if is_chunked else chunk)
        handler.wfile.flush()
    if is_chunked:
        handler.wfile.write(b"0\r\n\r\n")
    handler.wfile.flush()
