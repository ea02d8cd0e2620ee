"""The rows of the queue with what their viewer needs: whether they may decide, and what they decided."""

from __future__ import annotations

from django.http import HttpRequest

from activations.admin.as_of import moment
from activations.admin.listing import Listing
from activations.admin.queue_rows import DECIDED, objection
from activations.people.actor import user_of
from activations.people.deputies import represented_by


class QueueListing(Listing):
    """Sets `objection` and `own_review` of each row, with one query for all of them."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        user, now = user_of(request), moment(request)
        is_decided = request.GET.get("view") == DECIDED
        represented = [] if is_decided else represented_by(user, now=now)
        rows = list(self.result_list)
        for row in rows:
            mine = [one for one in row.reviews.all() if one.reviewer_id == user.pk]
            row.own_review = max(mine, key=lambda one: one.decided_at, default=None)
            if not is_decided:
                row.objection = objection(row, user=user, now=now, represented=represented)
        self.result_list = rows
