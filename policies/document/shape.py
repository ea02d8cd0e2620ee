"""The document as types: strict, frozen, and nothing that is not described here."""

from __future__ import annotations

from typing import Annotated, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from policies.document.fields import (
    MOST_APPROVALS,
    MOST_ITEMS,
    MOST_STAGES,
    AnswerTime,
    Approver,
    FolderPattern,
    Line,
    Minutes,
    Name,
    Pattern,
    Principal,
    ProjectPattern,
    Requester,
    ReviewTime,
    RolePattern,
    TicketUrl,
    wrong,
)

VERSION = 1
MOST_RULES = 500
T = TypeVar("T")
Some = Annotated[tuple[T, ...], Field(min_length=1, max_length=MOST_ITEMS)]
NOT_GIVEN = ()


class Part(BaseModel):
    """A mapping of the document. What is not given is None, and for lists an empty tuple."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def _at(key: str, sentence: str) -> PydanticCustomError:
    """Return an error of a combination of keys, told at one of them."""
    return PydanticCustomError("combination", "{sentence}", {"key": key, "sentence": sentence})


def _version(value: int) -> int:
    if value != VERSION:
        raise wrong(str(VERSION))
    return value


def _count(value: int) -> int:
    if not 1 <= value <= MOST_APPROVALS:
        raise wrong(f"a whole number from 1 to {MOST_APPROVALS}")
    return value


class When(Part):
    """The roles that a rule is for: every key that is given must hold, and a list holds alternatives."""

    projects: Some[ProjectPattern] = Field(default=NOT_GIVEN, description="IDs of projects.")
    folders: Some[FolderPattern] = Field(
        default=NOT_GIVEN, description="Folders that the project is in, at any depth."
    )
    roles: Some[RolePattern] = Field(default=NOT_GIVEN, description="Names of roles.")
    types: Some[Literal["JIT", "MPA"]] = Field(
        default=NOT_GIVEN,
        description="JIT: a role that people activate themselves; MPA: one with approval.",
    )
    requesters: Some[Requester] = Field(
        default=NOT_GIVEN, description="People and groups who ask for the role."
    )


class Duration(Part):
    """How long access may last, and what pages offer."""

    max: Minutes | None = Field(default=None, description="The longest access.")
    default: Minutes | None = Field(default=None, description="What pages offer.")

    @model_validator(mode="after")
    def check_default(self) -> Self:
        if self.max and self.default and self.default > self.max:
            raise _at("default", "is longer than max. Give at most max.")
        return self


class Justification(Part):
    """What a justification must look like, in addition to JUSTIFICATION_PATTERN."""

    pattern: Pattern = Field(description="A regular expression of RE2 for the whole text.")
    hint: Line = Field(description="What people read when the justification does not match.")


class Ticket(Part):
    """A ticket that each request must name."""

    label: Name = Field(description="What the field is called, such as Incident.")
    pattern: Pattern = Field(description="A regular expression of RE2 for the whole ticket.")
    url: TicketUrl | None = Field(
        default=None, description="Where the ticket is; {ticket} is replaced."
    )


class Stage(Part):
    """Some approvals by different people."""

    approvers: Some[Approver] = Field(alias="from", description="Who may approve.")
    count: Annotated[
        int,
        AfterValidator(_count),
        WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST_APPROVALS}),
    ] = Field(description="How many of them must approve.")

    @model_validator(mode="after")
    def check_enough(self) -> Self:
        people = {one for one in self.approvers if one.startswith("user:")}
        if len(people) == len(self.approvers) and len(people) < self.count:
            raise _at("count", f"is more than the people in from ({len(people)}).")
        return self


class Escalation(Part):
    """Who else may approve when nobody answers."""

    after: Minutes = Field(description="The time since the stage was opened.")
    to: Some[Principal] = Field(description="Who is told and may approve from then on.")


class Approval(Part):
    """Stages of approval, one after the other, each by people who have not approved before."""

    stages: Annotated[tuple[Stage, ...], Field(min_length=1, max_length=MOST_STAGES)]
    answer_within: AnswerTime | None = Field(default=None, description="How long a request waits.")
    remind_after: Minutes | None = Field(default=None, description="When approvers are reminded.")
    escalate: Escalation | None = None

    @model_validator(mode="after")
    def check_order(self) -> Self:
        limit = self.answer_within
        if limit and self.remind_after and self.remind_after >= limit:
            raise _at("remind_after", "must be earlier than answer_within.")
        if limit and self.escalate and self.escalate.after >= limit:
            raise _at("escalate", "must have an `after` that is earlier than answer_within.")
        return self


class Require(Part):
    """What a request must meet."""

    duration: Duration | None = None
    justification: Justification | None = None
    ticket: Ticket | None = None
    approval: Approval | None = None


class BreakGlass(Part):
    """Who may skip approval in an emergency, and who judges it afterwards."""

    who: Some[Principal] = Field(description="Who may skip approval.")
    review_by: Some[Principal] = Field(
        description="Who judges afterwards whether it was justified."
    )
    review_within: ReviewTime = Field(description="How long the review may take.")


class Rule(Part):
    """What is required of some roles."""

    name: Name
    when: When = When()
    require: Require = Require()
    break_glass: BreakGlass | None = None


class Document(Part):
    """An access policy: the first rule that matches a role decides."""

    version: Annotated[
        int, AfterValidator(_version), WithJsonSchema({"type": "integer", "const": VERSION})
    ]
    rules: Annotated[tuple[Rule, ...], Field(max_length=MOST_RULES)]


def keys_of(part: type[Part]) -> tuple[str, ...]:
    """Return the keys of a mapping as they are written."""
    return tuple(field.alias or name for name, field in part.model_fields.items())
