"""The queue and the history in Django's admin: lists, records with their timelines, exports."""

from activations.admin.after_reviews import AfterReviewAdmin
from activations.admin.eligibility import EligibilityAdmin
from activations.admin.events import EventAdmin
from activations.admin.grants import GrantAdmin
from activations.admin.messages import MessageAdmin
from activations.admin.queue import QueueAdmin
from activations.admin.requests import RequestAdmin

__all__ = [
    "AfterReviewAdmin",
    "EligibilityAdmin",
    "EventAdmin",
    "GrantAdmin",
    "MessageAdmin",
    "QueueAdmin",
    "RequestAdmin",
]
