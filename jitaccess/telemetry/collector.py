"""The environment variables that decide whether and where telemetry is exported."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from jitaccess.environment import Environment


def collector(env: Environment) -> str:
    """Return the address of the collector, or '' when nothing is exported.

    :raises ImproperlyConfigured: when it is not an address.
    """
    address = env.text("OTEL_EXPORTER_OTLP_ENDPOINT").rstrip("/")
    disabled = env.boolean("OTEL_SDK_DISABLED", default=False)
    # Unlike Google's addresses, it may be plain http elsewhere: no secret is sent there.
    if address and not address.startswith(("http://", "https://")):
        raise ImproperlyConfigured(
            "OTEL_EXPORTER_OTLP_ENDPOINT must be an address like http://localhost:4318."
        )
    return "" if disabled else address
