"""Error answers in the two forms that Google's front ends use."""

from collections.abc import Sequence
from typing import Any

STATUS_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    412: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
LEGACY_REASONS = {
    400: "invalid",
    401: "authError",
    403: "forbidden",
    404: "notFound",
    409: "conflict",
    412: "conditionNotMet",
    429: "rateLimitExceeded",
    500: "backendError",
    503: "backendError",
}
ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo"


class ApiError(Exception):
    """An error with which Google refuses a call."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        name: str = "",
        reason: str = "",
        details: Sequence[dict[str, Any]] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.name = name or STATUS_NAMES.get(status, "UNKNOWN")
        self.reason = reason
        self.details = list(details)
        self.headers = headers or {}

    def body(self) -> dict[str, Any]:
        """Return the form of all Google Cloud APIs."""
        error: dict[str, Any] = {"code": self.status, "message": self.message, "status": self.name}
        if self.details:
            error["details"] = self.details
        return {"error": error}

    def legacy_body(self) -> dict[str, Any]:
        """Return the form of the Directory API."""
        reason = self.reason or LEGACY_REASONS.get(self.status, "backendError")
        listed = {"message": self.message, "domain": "global", "reason": reason}
        return {"error": {"code": self.status, "message": self.message, "errors": [listed]}}


def error_info(reason: str, **metadata: str) -> dict[str, Any]:
    """A machine-readable reason."""
    return {
        "@type": ERROR_INFO,
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": metadata,
    }


def denied(permission: str, resource: str) -> ApiError:
    """Return a 403, which also hides whether the resource exists."""
    message = f"Permission '{permission}' denied on resource '{resource}' (or it may not exist)."
    info = error_info("IAM_PERMISSION_DENIED", permission=permission, resource=resource)
    return ApiError(403, message, details=[info])


def invalid(message: str) -> ApiError:
    """Return a 400 for an invalid argument."""
    return ApiError(400, message)
