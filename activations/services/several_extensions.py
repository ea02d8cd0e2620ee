"""Extends several accesses of one person, one after the other, and says what came of each."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace

from activations.iam.dependencies import Dependencies
from activations.models import Grant, Request
from activations.people.actor import Actor
from activations.services.extension import Extension, extend
from activations.services.several_requests import (
    TIME_TO_START,
    TOLD,
    NotSent,
    Part,
    Result,
    check_details,
)
from eligibility.judgement import NotEligible

MOST_GRANTS = 20


def extend_several(
    *, grants: Sequence[Grant], asked: Extension, actor: Actor, dependencies: Dependencies
) -> tuple[Result, ...]:
    """Extend all of them, and return what came of each, in the same order.

    Idempotent with the same key: what a form has extended before is not extended again. An outage of
    the database is raised; sending the form again continues where it stopped.

    :raises Refusal: when nothing was sent, because the input is invalid.
    """
    check_details(asked.details)
    return tuple(_results(grants, asked, actor, dependencies))


def _results(
    grants: Sequence[Grant], asked: Extension, actor: Actor, dependencies: Dependencies
) -> Iterator[Result]:
    form, begun = uuid.UUID(asked.idempotency_key), dependencies.clock()
    for grant in grants:
        part = Part((grant.project_role,), needs_approval=grant.request.needs_approval)
        key = str(uuid.uuid5(form, str(grant.pk)))
        if dependencies.clock() - begun > TIME_TO_START:
            yield Result(part, error=NotSent("The other extensions took too long. Try again"))
            continue
        one = replace(asked, idempotency_key=key)
        try:
            yield Result(
                part, extend(grant=grant, asked=one, actor=actor, dependencies=dependencies)
            )
        except TOLD as error:
            if isinstance(error, NotEligible):
                dependencies.forget(actor.user.email, grant.project_id)
            made = Request.objects.of(actor.user).filter(idempotency_key=key).first()
            yield Result(part, made, error)
