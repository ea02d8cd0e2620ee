"""Log entries about deputies of absent reviewers."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from activations.models import Absence

logger = logging.getLogger("jitaccess.audit")


def deputy_named(absence: Absence) -> None:
    logger.info(
        "User %s named %s as deputy from %s to %s",
        absence.email,
        absence.deputy_email,
        _text(absence.starts_at),
        _text(absence.ends_at),
        extra={"event": "api.nameDeputy", "labels": _labels(absence)},
    )


def absence_ended(absence: Absence) -> None:
    logger.info(
        "User %s ended the absence with %s as deputy",
        absence.email,
        absence.deputy_email,
        extra={"event": "api.endAbsence", "labels": _labels(absence)},
    )


def _labels(absence: Absence) -> dict[str, str]:
    return {"reviewer": absence.email, "deputy": absence.deputy_email}


def _text(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
