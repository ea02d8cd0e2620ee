"""Only administrators change access policies, whichever edge calls the services."""

from __future__ import annotations

from functools import partial

import pytest

from activations.domain.permissions import Permissions
from activations.domain.refusals import NotAllowed
from activations.people.actor import Actor
from activations.services.access_policy import activate_policy, propose_policy, reject_policy
from policies.models import PolicyVersion
from tests.activations.rows import ALICE, NOON, user


@pytest.mark.django_db
def test_everybody_but_administrators_is_refused() -> None:
    auditor = user()
    auditor.find_permissions = lambda: Permissions(is_auditor=True, is_manager=True)
    actor = Actor(auditor, ALICE, "https://jit.example.com")
    for change in (
        partial(propose_policy, text="version: 1\nrules: []\n", comment="", compared_with=""),
        partial(activate_policy, proposal_id=1, comment="", needs_second_person=True),
        partial(reject_policy, proposal_id=1, comment="No"),
    ):
        with pytest.raises(NotAllowed, match="Only administrators"):
            change(actor=actor, now=NOON)
    assert not PolicyVersion.objects.exists()
