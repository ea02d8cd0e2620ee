"""Renamed accounts, and addresses that are given to another account."""

from __future__ import annotations

import json
import time
from io import StringIO
from typing import Any

from django.core.management import call_command

from activations.iam.dependencies import current_dependencies
from activations.reconciliation.counts import Counts
from activations.reconciliation.run import reconcile
from googlecloud.calls import Deadline
from simulator import Simulator
from tests.conftest import HEADER, PersonClient
from tests.journeys.shop import PROJECT

ALICE, ALICIA = "alice@example.com", "alicia@example.com"
BOB, ROBERT = "bob@example.com", "robert@example.com"


class OutdatedClient(PersonClient):
    """A renamed person whom IAP still shows with the former address."""

    def __init__(self, simulated: Simulator, email: str, *, shown: str) -> None:
        super().__init__(simulated, email)
        self.shown = shown

    def request(self, **request: Any) -> Any:
        assertion = self.simulated.assertion(self.email, email=self.shown)
        return super().request(**({HEADER: assertion} | request))


def renamed(simulated: Simulator, old: str = ALICE, new: str = ALICIA) -> PersonClient:
    """Rename the account in IAM, groups and IAP; return its client."""
    simulated.company.rename_user(old, new)
    return PersonClient(simulated, new)


def renamed_before_iap(simulated: Simulator, old: str = ALICE, new: str = ALICIA) -> PersonClient:
    """Rename the account in IAM and groups only; IAP still shows the former address."""
    simulated.company.rename_user(old, new)
    return OutdatedClient(simulated, new, shown=old)


def recreated_account(simulated: Simulator, email: str = ALICE) -> PersonClient:
    """Replace the account by another one with the same address; return its client.

    IAM names the former account `deleted:user:…`. IAP issues the first assertion of the new account
    later than all those of the former one.
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
    """Give the address to another account without a change in IAM; return its client."""
    company = simulated.company
    groups = [group.email for group in company.groups.values() if email in group.members]
    if email in company.users:
        company.remove_user(email)
    company.add_user(email)
    for group in groups:
        company.join(group, email)
    return NextOwner(simulated, email)


class NextOwner(PersonClient):
    """The account that has the address now; IAP issues its assertions after the former account's."""

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
    """Verify that every row matches its events and that the chain is complete.

    :raises SystemExit, django.core.management.CommandError: when verification fails.
    """
    call_command("verify_evidence", stdout=StringIO(), stderr=StringIO())
