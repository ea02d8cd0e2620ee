"""Google's error answers become errors by what a caller can do, with Google's own words."""

import json
from typing import Any

import pytest

from googlecloud import errors
from googlecloud.errors import GoogleCloudError
from googlecloud.refusals import ErrorAnswer


def error_of(document: Any, status: int = 400, retry_header: str | None = None) -> GoogleCloudError:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    refusal = ErrorAnswer.read(status, body, retry_header=retry_header)
    return refusal.to_error(api="some.api", explanations={})


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.Invalid),
        (401, errors.NotAuthenticated),
        (403, errors.Denied),
        (404, errors.NotFound),
        (405, errors.Invalid),
        (408, errors.TimedOut),
        (409, errors.Conflict),
        (410, errors.NotFound),
        (412, errors.Conflict),
        (413, errors.Invalid),
        (429, errors.QuotaExceeded),
        (499, errors.Unavailable),
        (500, errors.Unavailable),
        (502, errors.Unavailable),
        (503, errors.Unavailable),
        (504, errors.TimedOut),
        (302, errors.Unavailable),
    ],
)
def test_each_status_has_its_error(status: int, kind: type[GoogleCloudError]) -> None:
    error = error_of({"error": {"message": "Why.", "status": "CODE"}}, status)
    assert type(error) is kind
    told = "Not authenticated: Why." if status == 401 else "Why."
    assert (str(error), error.message, error.status) == (told, told, status)
    assert (error.reason, error.api, error.retry_after) == ("CODE", "some.api", None)


@pytest.mark.parametrize("reason", ["userRateLimitExceeded", "quotaExceeded", "rateLimitExceeded"])
def test_a_403_of_the_directory_api_may_be_a_rate_limit(reason: str) -> None:
    legacy = {"error": {"code": 403, "message": "Slow", "errors": [{"reason": reason}]}}
    assert type(error_of(legacy, 403)) is errors.QuotaExceeded


def test_a_403_for_another_reason_is_denied() -> None:
    legacy = {"error": {"message": "Not Authorized", "errors": [{"reason": "forbidden"}]}}
    assert type(error_of(legacy, 403)) is errors.Denied


def test_the_reason_for_programs_comes_from_the_details_first() -> None:
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED"}
    document = {"error": {"message": "x", "status": "PERMISSION_DENIED", "details": [info]}}
    assert error_of(document, 403).reason == "SERVICE_DISABLED"


def test_violations_of_a_precondition_are_shown() -> None:
    violation = {"type": "constraints/x", "description": "User x@other is not permitted."}
    document = {
        "error": {
            "message": "One or more users do not belong to a permitted customer.",
            "status": "FAILED_PRECONDITION",
            "details": [
                {"@type": "type.googleapis.com/google.rpc.PreconditionFailure"}
                | {"violations": [violation, violation, {}]}
            ],
        }
    }
    assert str(error_of(document)) == (
        "One or more users do not belong to a permitted customer. User x@other is not permitted."
    )


def test_violations_of_a_policy_are_shown() -> None:
    detail = {
        "@type": "type.googleapis.com/google.cloudresourcemanager.v1.ProjectIamPolicyError",
        "type": "SOLO_MUST_INVITE_OWNERS",
        "member": "user:x@gmail.example",
        "role": "roles/owner",
    }
    document = {"error": {"message": "Request contains an invalid argument.", "details": [detail]}}
    assert str(error_of(document)).endswith(
        "SOLO_MUST_INVITE_OWNERS roles/owner user:x@gmail.example"
    )


def test_field_violations_and_legacy_messages_are_shown() -> None:
    fields = {"fieldViolations": [{"field": "a", "description": "a is too long"}]}
    document = {"error": {"errors": [{"message": "Bad"}], "details": [fields]}}
    assert str(error_of(document)) == "a is too long Bad"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>502 Bad Gateway</html>",
        b"null",
        b"[]",
        b'"x"',
        b'{"error": 7}',
        b'{"error": {"message": null, "details": {"a": 1}, "errors": "x"}}',
        b'{"error": {"details": ["x", {"violations": "x"}]}}',
        b"[" * 100_000,
        b"\xff\xfe\x00",
    ],
)
def test_a_body_that_is_not_googles_becomes_the_status_as_text(body: bytes) -> None:
    error = error_of(body, 502)
    assert str(error) == "HTTP 502 Bad Gateway"
    assert error.reason == ""


def test_an_unknown_status_is_shown_as_a_number() -> None:
    assert str(error_of(b"", 599)) == "HTTP 599"


def test_a_list_of_errors_and_the_shape_of_oauth_are_understood() -> None:
    assert str(error_of([{"error": {"message": "in a list"}}])) == "in a list"
    oauth = {"error": "invalid_grant", "error_description": "Token has been revoked."}
    assert str(error_of(oauth)) == "Token has been revoked."
    assert str(error_of({"error": "invalid_grant"})) == "invalid_grant"


def test_the_wait_is_read_from_the_header_or_the_details() -> None:
    assert error_of(b"", 429, retry_header="7").retry_after == 7
    assert error_of(b"", 429, retry_header="Fri, 31 Dec 1999 23:59:59 GMT").retry_after is None
    retry = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "2.5s"}
    assert error_of({"error": {"message": "x", "details": [retry]}}, 429).retry_after == 2.5


def test_secrets_and_line_breaks_never_reach_a_message() -> None:
    text = "Request had Authorization: Bearer ya29.secret\r\nX: y " + "z" * 5000
    error = error_of({"error": {"message": text}})
    assert "ya29" not in str(error)
    assert "\n" not in str(error)
    assert len(str(error)) == 2000


def test_our_explanation_stands_before_googles_words() -> None:
    refusal = ErrorAnswer.read(404, b'{"error": {"message": "Not found."}}')
    error = refusal.to_error(
        api="a", explanations={errors.NotFound: "The group 'g' does not exist"}
    )
    assert str(error) == "The group 'g' does not exist: Not found."


def test_the_docstring_lists_every_error() -> None:
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, GoogleCloudError)
    ]
    drawn = (errors.__doc__ or "").split()
    assert {kind.__name__ for kind in kinds} <= set(drawn)
    assert len(kinds) == 12


def test_characters_that_no_database_stores_or_no_page_shows_become_blanks() -> None:
    error = error_of({"error": {"code": 403, "message": "a\x00b \ud800c\u202ed\x1be"}}, 403)
    assert str(error) == "a b c d e"
