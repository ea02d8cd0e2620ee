"""The environment variables that say whether telemetry is exported, and where to."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from jitaccess.environment import Environment


def collector(env: Environment) -> str:
    """The address of the collector, or '' when nothing is to be exported.

    :raises ImproperlyConfigured: when it is no address.
    """
    address = env.text("OTEL_EXPORTER_OTLP_ENDPOINT").rstrip("/")
    disabled = env.boolean("OTEL_SDK_DISABLED", default=False)
    # Unlike Google's, it may be plain http elsewhere: no secret goes there.
    if address and not address.startswith(("http://", "https://")):
        raise ImproperlyConfigured(
            "OTEL_EXPORTER_OTLP_ENDPOINT must be an address like http://localhost:4318."
        )
    return "" if disabled else address
