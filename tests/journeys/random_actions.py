"""Random actions on one access, and until when the simulated IAM grants it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from activations.iam.dependencies import current_dependencies
from activations.models import Grant
from activations.reconciliation.run import reconcile
from eligibility import providers
from googlecloud.calls import Deadline
from simulator import Simulator
from tests.conftest import PersonClient
from tests.journeys.shop import COMPUTE, PROJECT, activate, activations_of
from tests.moments import now
from tests.rewriting import rewrite

ROLE = "roles/compute.admin"
END = re.compile(r'request\.time < timestamp\("([^"]+)"\)')
MINUTES = (5, 20, 45, 90, 120)


def held_until(simulated: Simulator, email: str) -> datetime | None:
    """Return until when IAM grants the role, by the conditions of its bindings."""
    ends = [
        datetime.fromisoformat(END.findall(binding["condition"]["expression"])[0])
        for binding in activations_of(simulated.company.policy(PROJECT), email, ROLE)
    ]
    return max((end for end in ends if end > now()), default=None)


class RandomActions:
    """Actions of Alice, Olga and Google that change Alice's access to one role."""

    def __init__(self, alice: PersonClient, olga: PersonClient, simulated: Simulator) -> None:
        self.alice, self.olga, self.simulated = alice, olga, simulated

    def activate(self, chance: random.Random) -> None:
        activate(self.alice, COMPUTE, minutes=chance.choice(MINUTES))

    def extend(self, chance: random.Random) -> None:
        if grant := self._some(chance):
            body = {"activationTimeout": chance.choice(MINUTES), "justification": "more"}
            self.alice.api_post(f"/api/grants/{grant.pk}/extend", body)

    def end_one(self, chance: random.Random) -> None:
        if grant := self._some(chance):
            self.alice.api_post(f"/api/grants/{grant.pk}/end", {"reason": ""})

    def end_access(self, chance: random.Random) -> None:
        if grant := self._some(chance):
            self.alice.post(f"/grants/{grant.pk}/end", {"comment": ""})

    def end_all(self, chance: random.Random) -> None:
        self.alice.post("/access/end", {"comment": ""})

    def revoke(self, chance: random.Random) -> None:
        if grant := self._some(chance):
            sent = {
                "action": "take_access_away",
                "_selected_action": [str(grant.pk)],
                "confirmed": "yes",
                "comment": "left the team",
            }
            self.olga.post("/admin/activations/grant/", sent)

    def fail(self, chance: random.Random) -> None:
        """Try an action while Google refuses the next write."""
        method = "cloudresourcemanager.projects.setIamPolicy"
        self.simulated.faults.add(method, status=403, message="constrained", times=1)
        chance.choice((self.activate, self.end_one, self.end_access, self.extend))(chance)
        self.simulated.faults.clear()

    def drift(self, chance: random.Random) -> None:
        """Remove, shorten or lengthen the binding by hand, then reconcile."""
        policy = self.simulated.company.policy(PROJECT)
        how = chance.choice(("remove", "shorten", "lengthen"))
        for binding in activations_of(policy, self.alice.email, ROLE):
            policy["bindings"].remove(binding)
            if how != "remove":
                policy["bindings"].append(_with_end(binding, how))
        self.simulated.company.put_policy(PROJECT, policy)
        self.reconcile(chance)

    def expire(self, chance: random.Random) -> None:
        """Make one grant expire: move the record a day back and remove the binding."""
        day = timedelta(days=1)
        grant = self._some(chance)
        held = held_until(self.simulated, self.alice.email)
        alone = (
            Grant.objects.filter(beneficiary_email=self.alice.email, state="active").count() == 1
        )
        if not (grant and grant.state == "active" and alone and held == grant.access_end):
            return
        policy = self.simulated.company.policy(PROJECT)
        for binding in activations_of(policy, self.alice.email, ROLE):
            policy["bindings"].remove(binding)
        self.simulated.company.put_policy(PROJECT, policy)
        providers.recent_facts().forget(user=self.alice.email, project_id=PROJECT)
        rewrite(
            Grant.objects.filter(pk=grant.pk),
            start_time=grant.start_time - day,
            end_time=grant.end_time - day,
            binding_end=grant.access_end - day,
        )

    def reconcile(self, chance: random.Random) -> None:
        reconcile(
            dependencies=current_dependencies(),
            scope="organizations/7",
            deadline=Deadline(60),
            projects=[PROJECT],
        )

    def _some(self, chance: random.Random) -> Grant | None:
        mine = Grant.objects.filter(beneficiary_email=self.alice.email, role=ROLE)
        grants = list(mine.order_by("start_time", "pk"))
        return chance.choice(grants) if grants else None

    @property
    def steps(self) -> tuple[Callable[[random.Random], Any], ...]:
        return (
            *(self.activate, self.activate, self.extend, self.end_one, self.end_access),
            *(self.end_all, self.revoke, self.fail, self.drift, self.expire, self.reconcile),
        )


def _with_end(binding: dict[str, Any], how: str) -> dict[str, Any]:
    condition = binding["condition"]
    end = datetime.fromisoformat(END.findall(condition["expression"])[0])
    left = end - now()
    moved = now() + left / 2 if how == "shorten" else end + timedelta(minutes=30)
    text = f"{moved.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    expression = END.sub(f'request.time < timestamp("{text}")', condition["expression"])
    return binding | {"condition": condition | {"expression": expression}}
