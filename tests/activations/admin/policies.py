"""Forms of the pages about access policies, and a second administrator."""

from __future__ import annotations

import html
import re
from datetime import datetime
from typing import Any

import pytest

from policies.document.reading import digest
from policies.models import PolicyProposal, PolicyVersion
from tests.activations.admin.reading import text
from tests.conftest import PersonClient

PAGE = "/admin/access-policy/"
PROPOSE = f"{PAGE}propose/"
OSCAR = "oscar@example.com"
HOUR = "version: 1\nrules:\n- name: an hour\n  require: {duration: {max: 1h}}\n"
HALF = "version: 1\nrules:\n- name: half an hour\n  require: {duration: {max: 30m}}\n"
NONE = "version: 1\nrules: []\n"
OF_A_LATER_FORMAT = f"{NONE}later: format\n"


@pytest.fixture
def oscar(person: Any) -> PersonClient:
    """Oscar administers too."""
    client: PersonClient = person(OSCAR)
    return client


def words(answer: Any) -> str:
    """The page as text without tags, on one line."""
    without_tags = re.sub(r"<[^>]+>", " ", text(answer))
    return " ".join(html.unescape(without_tags).split())


def preview(client: PersonClient, document: str, **more: str) -> Any:
    return client.post(PROPOSE, {"text": document, "action": "preview"} | more)


def confirmed(previewed: Any, document: str, **more: str) -> dict[str, str]:
    """What the button *Propose this version* sends after this preview."""
    fields = re.findall(
        r'type="hidden" name="(previewed|compared)" value="([^"]*)"', text(previewed)
    )
    return dict(fields) | {"text": document, "action": "propose"} | more


def propose(client: PersonClient, document: str, **more: str) -> Any:
    """Preview and propose, as a browser sends it: with CRLF."""
    typed = document.replace("\n", "\r\n")
    return client.post(PROPOSE, confirmed(preview(client, typed), typed, **more))


def proposed(client: PersonClient, document: str, **more: str) -> PolicyProposal:
    answer = propose(client, document, **more)
    assert answer.status_code == 302, words(answer)
    return PolicyProposal.objects.select_related("version").get(
        pk=answer["Location"].split("/")[-2]
    )


def address(proposal: PolicyProposal, verb: str = "") -> str:
    return f"{PAGE}{proposal.pk}/{f'{verb}/' if verb else ''}"


def decide(client: PersonClient, proposal: PolicyProposal, verb: str, comment: str = "") -> Any:
    return client.post(address(proposal, verb), {"comment": comment})


def activated(author: PersonClient, second: PersonClient, document: str) -> PolicyProposal:
    proposal = proposed(author, document)
    answer = decide(second, proposal, "activate")
    assert answer.status_code == 302, words(answer)
    return proposal


def stored(document: str, *, at: datetime, state: str = "ACTIVE") -> PolicyProposal:
    """A version as another release of the application made it: active, or proposed."""
    PolicyProposal.objects.filter(state=state).update(state="REPLACED", replaced_at=at)
    version = PolicyVersion.objects.create(
        text=document, sha256=digest(document), author_email="olga@example.com", created_at=at
    )
    decision: dict[str, Any] = (
        {} if state == "PROPOSED" else {"decided_at": at, "decided_by_email": OSCAR}
    )
    return PolicyProposal.objects.create(
        version=version,
        state=state,
        proposed_at=at,
        proposed_by_email="olga@example.com",
        **decision,
    )
