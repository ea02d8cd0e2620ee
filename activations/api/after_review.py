"""Judges break-glass access."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils import timezone

from activations.api.answers import RequestAnswer
from activations.api.approval import DECISION_ERRORS, answer
from activations.api.endpoint import Endpoint, serve
from activations.people.actor import actor_of, user_of
from activations.services.after_review import Judgement, judge
from activations.services.history import find_request


@dataclass(frozen=True, slots=True)
class AfterReviewBody:
    """Whether the access was `justified` or `not_justified`, and why; both are required."""

    verdict: str = ""
    comment: str = ""


def judged(request: HttpRequest, body: AfterReviewBody, request_id: uuid.UUID) -> RequestAnswer:
    user = user_of(request)
    judge(
        request=find_request(user=user, request_id=request_id),
        judgement=Judgement(body.verdict, body.comment),
        actor=actor_of(request),
        now=timezone.now(),
    )
    return answer(request_id, user)


after_review_view = serve(
    Endpoint(
        "POST",
        "Judge break-glass access after it was granted",
        RequestAnswer,
        judged,
        takes=AfterReviewBody,
        errors=DECISION_ERRORS,
    )
)
