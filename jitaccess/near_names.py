"""Finds variables that were probably meant to be ours, but are spelt differently and so have no effect."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from dataclasses import dataclass

# A missing, doubled, wrong or swapped letter in a name of eight letters or more is above this.
LEAST_SIMILAR = 0.87
# Read outside of the settings, or set by the platforms; so they are not misspelt.
READ_ELSEWHERE = frozenset(
    {
        *("PORT", "WEB_CONCURRENCY", "DJANGO_SETTINGS_MODULE", "K_REVISION", "K_CONFIGURATION"),
        *("CLOUD_RUN_JOB", "CLOUD_RUN_EXECUTION", "CLOUD_RUN_TASK_INDEX", "CLOUD_RUN_TASK_COUNT"),
        *("GAE_APPLICATION", "GAE_INSTANCE", "GAE_SERVICE", "GAE_VERSION", "GAE_ENV"),
        *("GCE_METADATA_HOST", "GCE_METADATA_IP", "GCE_METADATA_ROOT", "GOOGLE_CLOUD_PROJECT"),
        *("OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES", "OTEL_TRACES_SAMPLER"),
        *("OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_PROTOCOL"),
        *("SECRET_KEY", "SECRET_KEY_SECRET", "ELEVATION_DURATION", "SMTP_PASSWORD", "SMTP_SECRET"),
        *("https_proxy", "no_proxy", "DATABASE_URL", "DATABASE_URL_SECRET"),
    }
)


@dataclass(frozen=True, slots=True)
class NearName:
    """A variable that nobody reads, and the one that was probably meant."""

    written: str
    meant: str

    def __str__(self) -> str:
        return f"{self.written} has no effect. Did you mean {self.meant}?"


def near_names(written: Collection[str], known: Collection[str]) -> tuple[NearName, ...]:
    """Return the names that are not known, but nearly equal a known one."""
    return tuple(_near(written, sorted({*known, *READ_ELSEWHERE})))


def _near(written: Collection[str], known: list[str]) -> Iterator[NearName]:
    # Most tools read https_proxy in lower case, and so do we; beside it, http_proxy is no mistake.
    there = {name.upper() for name in known if name in written}
    for name in sorted(set(written).difference(known)):
        spelt = name.upper().replace("-", "_")
        for meant in difflib.get_close_matches(spelt, known, n=1, cutoff=LEAST_SIMILAR):
            if meant.upper() not in there:
                yield NearName(name, meant)
