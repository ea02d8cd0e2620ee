"""The log entry of a person's names that were replaced by pseudonyms; never the names."""

from __future__ import annotations

import logging
from collections.abc import Mapping

logger = logging.getLogger("jitaccess.audit")


def person_pseudonymized(*, pseudonym: str, by: str, labels: Mapping[str, str]) -> None:
    """Log who did it, the pseudonym, and where the event is in the chain."""
    logger.info(
        "%s replaced the names of a person by the pseudonym %s",
        by,
        pseudonym,
        extra={"event": "person.pseudonymized", "labels": {"person": pseudonym, **labels}},
    )
