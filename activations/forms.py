"""What people typed into the request form, kept so that nothing has to be typed twice."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field, replace

from django.http import QueryDict

from activations.models import Request
from activations.rules import Refusal
from activations.services.self_activation import SelfActivation

LINE_BREAKS = re.compile(r"[ \t]*[\r\n]+[ \t]*")


def new_key() -> str:
    """A name for one form, so that the form sent twice makes one request."""
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class RequestForm:
    """One form as filled in, texts as they came."""

    project_id: str
    minutes: str
    roles: tuple[str, ...] = ()
    justification: str = ""
    key: str = field(default_factory=new_key)

    @classmethod
    def sent(cls, posted: QueryDict) -> RequestForm:
        return cls(
            project_id=posted.get("projectId", "").strip(),
            minutes=posted.get("minutes", "").strip(),
            roles=tuple(posted.getlist("role")),
            # One line, as everywhere else that it is shown: patterns do not expect breaks.
            justification=LINE_BREAKS.sub(" ", posted.get("justification", "")),
            key=_key(posted.get("key", "")),
        )

    @classmethod
    def like(cls, earlier: Request) -> RequestForm:
        """A form filled in as for an earlier request."""
        return cls(
            project_id=earlier.project_id,
            minutes=str(earlier.minutes),
            roles=tuple(grant.project_role.id for grant in earlier.grants.all()),
            justification=earlier.justification,
        )

    def again(self) -> RequestForm:
        """The same values for another attempt: one that does not count as a repetition."""
        return replace(self, key=new_key())

    def asked(self) -> SelfActivation:
        """The request in the words of the service.

        :raises Refusal: when the minutes are no number.
        """
        if not (self.minutes.isascii() and self.minutes.isdigit()):
            raise Refusal("Enter the duration as a whole number of minutes")
        return SelfActivation(
            project_id=self.project_id,
            role_ids=self.roles,
            minutes=int(self.minutes[:9]),
            justification=self.justification,
            idempotency_key=self.key,
        )


def _key(text: str) -> str:
    """A key that is not one of ours protects nobody: give a new one."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return new_key()
