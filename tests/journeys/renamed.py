"""People whose account gets another address, or whose address gets another account."""

from __future__ import annotations

import json
import time
from io import StringIO
from typing import Any

from django.core.management import call_command

from activations.iam.dependencies import current_dependencies
from activations.reconciliation.counts import Counts
from activations.reconciliation.run import reconcile
from googlecloud.deadline import Deadline
from simulator import Simulator
from tests.conftest import HEADER, PersonClient
from tests.journeys.shop import PROJECT

ALICE, ALICIA = "alice@example.com", "alicia@example.com"
BOB, ROBERT = "bob@example.com", "robert@example.com"


class OutdatedClient(PersonClient):
    """A person whom IAP still shows under the address that they had before."""

    def __init__(self, simulated: Simulator, email: str, *, shown: str) -> None:
        super().__init__(simulated, email)
        self.shown = shown

    def request(self, **request: Any) -> Any:
        assertion = self.simulated.assertion(self.email, email=self.shown)
        return super().request(**({HEADER: assertion} | request))


def renamed(simulated: Simulator, old: str = ALICE, new: str = ALICIA) -> PersonClient:
    """The same account under another address, as IAM, the groups and IAP show it."""
    simulated.company.rename_user(old, new)
    return PersonClient(simulated, new)


def renamed_before_iap(simulated: Simulator, old: str = ALICE, new: str = ALICIA) -> PersonClient:
    """The same account under another address, which IAP does not show yet."""
    simulated.company.rename_user(old, new)
    return OutdatedClient(simulated, new, shown=old)


def recreated_account(simulated: Simulator, email: str = ALICE) -> PersonClient:
    """Another account under the same address: IAM names the old one `deleted:user:…`.

    IAP issues its first assertion later than all those of the account before.
    """
    for resource in simulated.company.resources.values():
        policy = json.loads(json.dumps(resource.policy))
        for binding in policy["bindings"]:
            binding["members"] = [
                f"deleted:user:{email}?uid=1" if member == f"user:{email}" else member
                for member in binding["members"]
            ]
        simulated.company.put_policy(resource.name, policy)
    return new_account_at(simulated, email)


def new_account_at(simulated: Simulator, email: str = ALICE) -> PersonClient:
    """Another account under the same address, before anything in IAM is changed."""
    company = simulated.company
    groups = [group.email for group in company.groups.values() if email in group.members]
    if email in company.users:
        company.remove_user(email)
    company.add_user(email)
    for group in groups:
        company.join(group, email)
    return NextOwner(simulated, email)


class NextOwner(PersonClient):
    """Whoever has the address now; IAP issued this person's assertions after the other's."""

    def request(self, **request: Any) -> Any:
        issued = int(time.time()) + 5
        assertion = self.simulated.assertion(self.email, iat=issued, exp=issued + 600)
        return super().request(**({HEADER: assertion} | request))


def compare_with_iam() -> Counts:
    counts = reconcile(
        dependencies=current_dependencies(),
        scope="organizations/7",
        deadline=Deadline(60),
        projects=[PROJECT],
    )
    assert counts is not None
    return counts


def check_evidence() -> None:
    """Every row is as its events say, and the chain is whole.

    :raises SystemExit, django.core.management.CommandError: when it is not.
    """
    call_command("verify_evidence", stdout=StringIO(), stderr=StringIO())
