"""Database models and their constraints."""

from activations.models.absence import Absence
from activations.models.address import Address
from activations.models.after_review import AfterReview
from activations.models.audit import (
    AuditChange,
    AuditedGrant,
    AuditEntry,
    AuditFinding,
    AuditReading,
    AuditSource,
)
from activations.models.bulk_decision import BulkDecision, BulkDecisionRow
from activations.models.eligible_member import EligibleMember
from activations.models.ending_notice import EndingNotice
from activations.models.event import ChainHead, Event
from activations.models.export_delivery import DeliveredFile, ExportDelivery
from activations.models.favorite import Favorite
from activations.models.grant import Grant
from activations.models.job_run import JobRun
from activations.models.lease import ProjectLease
from activations.models.outbox import OutboxMessage
from activations.models.pack import EvidencePack, PackChunk, PackState
from activations.models.queued_item import QueuedItem
from activations.models.quota import QuotaBucket
from activations.models.request import Request
from activations.models.review import Review, Reviewer
from activations.models.stop import Stop
from activations.models.user import User
from activations.models.verification import RowDifference, VerificationRun

__all__ = [
    "Absence",
    "Address",
    "AfterReview",
    "AuditChange",
    "AuditEntry",
    "AuditFinding",
    "AuditReading",
    "AuditSource",
    "AuditedGrant",
    "BulkDecision",
    "BulkDecisionRow",
    "ChainHead",
    "DeliveredFile",
    "EligibleMember",
    "EndingNotice",
    "Event",
    "EvidencePack",
    "ExportDelivery",
    "Favorite",
    "Grant",
    "JobRun",
    "OutboxMessage",
    "PackChunk",
    "PackState",
    "ProjectLease",
    "QueuedItem",
    "QuotaBucket",
    "Request",
    "Review",
    "Reviewer",
    "RowDifference",
    "Stop",
    "User",
    "VerificationRun",
]
