"""A request and its answer, independent of sockets."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Request:
    """A received request; header names are lower-case."""

    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def path(self) -> str:
        """The decoded path."""
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> dict[str, list[str]]:
        """Return the parameters of the address and of a tunnelled GET."""
        text = urlsplit(self.target).query
        if self.is_tunnelled:
            text = "&".join(filter(None, [text, self.body.decode()]))
        return parse_qs(text, keep_blank_values=True)

    @property
    def body_length(self) -> int:
        """Return the number of bytes after the headers."""
        length = self.headers.get("content-length", "0")
        return int(length) if length.isdigit() else 0

    @property
    def is_tunnelled(self) -> bool:
        """Return whether a POST carries another method, as clients do for very long addresses."""
        return self.method == "POST" and "x-http-method-override" in self.headers

    @property
    def meant_method(self) -> str:
        """Return the method after the tunnel is resolved."""
        return self.headers["x-http-method-override"] if self.is_tunnelled else self.method

    @property
    def bearer(self) -> str:
        """Return the access token, or ''."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def json_answer(
    document: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> Answer:
    """An answer in JSON as Google prints it."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    kind = {"Content-Type": "application/json; charset=UTF-8"}
    return Answer(status, text.encode() + b"\n", kind | dict(headers or {}))


def text_answer(text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer in plain text."""
    kind = {"Content-Type": "text/plain; charset=utf-8"}
    return Answer(status, text.encode(), kind | dict(headers or {}))
