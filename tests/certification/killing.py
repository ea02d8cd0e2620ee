"""Kills the jobs of packs, deliveries and access reviews at random statements, and checks what they left.

A killed run executes no further statement, as a process that is gone; its open transactions are rolled back.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import connection

from activations.deliveries.run import deliver_exports
from activations.domain.caller import Caller
from activations.domain.periods import Days
from activations.models import Event, EvidencePack, OutboxMessage, PackState
from activations.packs.orders import content, order_pack
from activations.packs.running import make_ordered
from activations.packs.signing import sign_as_ourselves
from activations.packs.wanted import Wanted
from certification.models import Campaign
from certification.services.due import remind_and_escalate
from eligibility import providers
from googlecloud.calls import Deadline
from simulator.object_store import Bucket
from tests.moments import now

BUCKET = "jit-exports"
# Longer than each lease, so that the next run never waits for one that is gone.
LEASES_END = timedelta(minutes=30)
AUDREY = Caller(email="audrey@example.com", subject="audrey")
# With them an open transaction is rolled back.
ROLLING_BACK = ("ROLLBACK", "RELEASE")


class Killed(BaseException):
    """The process is gone."""


class KilledJobs:
    """Jobs on a clock of their own; `seed` decides which job runs, and at which statement it is killed."""

    def __init__(self, *, seed: int, bucket: Bucket) -> None:
        self.random = random.Random(seed)
        self.bucket = bucket
        self.moment = (now() + timedelta(days=20)).replace(hour=12)
        self.kills: Counter[str] = Counter()
        self._statements = {"packs": 60, "export": 120, "campaigns": 20}
        self._jobs: dict[str, Callable[[], object]] = {
            "packs": self._make_packs,
            "export": self._deliver,
            "campaigns": lambda: remind_and_escalate(now=self.moment, deadline=Deadline(60)),
        }

    def one_more(self) -> None:
        """Run a job, and kill it at a random statement, or shortly after its end."""
        name = self.random.choice(list(self._jobs))
        if self.random.random() < 0.3:
            self.moment += timedelta(days=1)
        if name == "packs":
            self.order()
        self.moment += LEASES_END
        self._run(name, at=self.random.randint(1, self._statements[name] + 2))

    def order(self) -> None:
        """Order a pack, of a project that nothing else concerns, so that it is a new one."""
        day = now().date()
        project = f"project-{uuid4().hex[:8]}" if self.random.random() < 0.5 else ""
        order_pack(Wanted(Days(day, day), project), caller=AUDREY, now=self.moment)

    def finish(self) -> None:
        """Run each job to its end."""
        self.moment += LEASES_END
        for job in self._jobs.values():
            job()

    def _run(self, name: str, *, at: int) -> None:
        count = 0

        def execute(run: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            nonlocal count
            count += 1
            if count >= at and not sql.startswith(ROLLING_BACK):
                raise Killed
            return run(sql, params, many, context)

        try:
            with connection.execute_wrapper(execute):
                self._jobs[name]()
            self._statements[name] = max(count, 10)
        except Killed:
            connection.close()
            self.kills[name] += 1

    def _make_packs(self) -> None:
        make_ordered(
            sign=sign_as_ourselves(providers.cloud()),
            clock=lambda: self.moment,
            deadline=Deadline(60),
            beat_seconds=600,
        )

    def _deliver(self) -> None:
        deliver_exports(
            storage=providers.cloud().storage,
            bucket=BUCKET,
            clock=lambda: self.moment,
            deadline=Deadline(600),
        )

    def wrong(self) -> Iterator[str]:
        """Yield what was lost or done twice; call it after `finish`."""
        yield from self._wrong_packs()
        yield from self._wrong_days()
        overdue = Event.objects.filter(kind="campaign.overdue")
        marked = sorted(overdue.values_list("details__campaign", flat=True))
        opened = Campaign.objects.filter(state="open").order_by("pk").values_list("pk", flat=True)
        if marked != list(opened):
            yield f"overdue: {marked}, not {list(opened)}"
        told = OutboxMessage.objects.filter(kind="AccessReviewOverdue").count()
        if told != 2 * len(marked):
            yield f"{told} messages about {len(marked)} overdue access reviews"

    def _wrong_packs(self) -> Iterator[str]:
        made = Event.objects.filter(kind="pack.made")
        events = {one.details["pack"]: one.details["pack_sha256"] for one in made}
        if len(events) != made.count():
            yield "a pack was made twice"
        for pack in EvidencePack.objects.all():
            is_made = str(pack.pk) in events
            if is_made is not (pack.state in {PackState.READY, PackState.DELETED}):
                yield f"{pack.pk} is {pack.state}, and its event is {is_made}"
            if pack.state == PackState.READY:
                digest = hashlib.sha256(b"".join(content(pack))).hexdigest()
                if digest != events.get(str(pack.pk)):
                    yield f"{pack.pk} has other bytes than its event says"
            elif pack.chunks.exists():
                yield f"{pack.pk} is {pack.state} and has bytes"

    def _wrong_days(self) -> Iterator[str]:
        days = [str(day) for day in delivered_days(self.moment)]
        delivered = Event.objects.filter(kind="export.delivered")
        found = sorted(delivered.values_list("details__day", flat=True))
        if found != days:
            yield f"export.delivered: {found}, not {days}"
        # A day that becomes late before its first file is stored is begun again.
        begun = Event.objects.filter(kind="export.delivery_begun")
        steps = sorted(begun.values_list("details__day", "details__late"))
        if sorted({day for day, _ in steps}) != days or len(set(steps)) != len(steps):
            yield f"export.delivery_begun: {steps}, not once for each of {days}"
        folders = {name.partition("/")[0] for name in self.bucket.objects}
        complete = {day for day in folders if f"{day}/manifest.json" in self.bucket.objects}
        if sorted(complete) != days:
            yield f"folders: {sorted(complete)}, not {days}"


def delivered_days(moment: datetime) -> Iterator[date]:
    """Yield the days from the first that was begun to yesterday."""
    begun = Event.objects.filter(kind="export.delivery_begun")
    first = min(date.fromisoformat(day) for day in begun.values_list("details__day", flat=True))
    last = moment.astimezone(UTC).date() - timedelta(days=1)
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
