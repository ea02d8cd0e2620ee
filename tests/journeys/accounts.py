"""Google accounts whose addresses change, as IAP and IAM show them."""

from __future__ import annotations

import time
from typing import Any

from simulator import Simulator
from tests.conftest import HEADER, PersonClient
from tests.journeys.shop import PROJECT


class Account(PersonClient):
    """One Google account with its present address.

    IAP issues its assertions `later` seconds from now. The newest assertion decides who owns an address.
    """

    def __init__(self, simulated: Simulator, email: str, *, subject: str, later: int = 0) -> None:
        super().__init__(simulated, email)
        self.subject, self.later = f"accounts.google.com:{subject}", later

    def request(self, **request: Any) -> Any:
        issued = int(time.time()) + self.later
        assertion = self.simulated.assertion(
            self.email, sub=self.subject, iat=issued, exp=issued + 600
        )
        return super().request(**({HEADER: assertion} | request))

    def rename(self, email: str, *, in_groups: bool = True) -> None:
        """Change the account's address, also in IAM and, unless told otherwise, in groups."""
        company, before = self.simulated.company, self.email
        self.email = email
        company.add_user(email)
        if in_groups:
            for group in company.groups.values():
                group.members = [email if one == before else one for one in group.members]
        policy = company.policy(PROJECT)
        for binding in policy["bindings"]:
            binding["members"] = [
                f"user:{email}" if member == f"user:{before}" else member
                for member in binding["members"]
            ]
        company.put_policy(PROJECT, policy)
