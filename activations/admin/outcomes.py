"""Turns what a decision or an action raises into the result of its row."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import Error

from activations.database_faults import fault_of
from activations.domain.refusals import Moved, NotAllowed, OutcomePending
from activations.domain.rules import Refusal
from activations.services.bulk_decisions import Outcome
from eligibility.judgement import NotEligible
from googlecloud.errors import GoogleCloudError
from policies.rules.facts import FactsMissing
from policies.services.active import UnusablePolicy

REFUSALS = (Refusal, NotAllowed, NotEligible, Moved, FactsMissing, UnusablePolicy)
UNKNOWN = Outcome("Refused", "The row does not exist, or you do not have access to it", "failed")
OUR_FAULT = "An internal error occurred; see the log"

logger = logging.getLogger("jitaccess.admin")


def failed(error: GoogleCloudError) -> Outcome:
    """Return the outcome when Google refused or failed."""
    return Outcome("Failed", str(error), "failed")


def outcome_of(
    work: Callable[[], Outcome],
    *,
    name: str,
    failed: Callable[[GoogleCloudError], Outcome] = failed,
) -> Outcome:
    """Run an action for one row; a failure becomes its result. `name` is for the log.

    :raises django.db.Error: when the database fails, because all other rows would fail too.
    """
    try:
        return work()
    except REFUSALS as error:
        return Outcome("Refused", str(error), "failed")
    except OutcomePending as error:
        return Outcome("Not confirmed yet", str(error), "provisioning")
    except GoogleCloudError as error:
        return failed(error)
    except Exception as error:
        if isinstance(error, Error) and fault_of(error):
            raise
        logger.exception("%s", name)
        return Outcome("Failed", OUR_FAULT, "failed")
