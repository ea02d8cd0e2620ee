"""Who may judge which item: an assigned reviewer, and nobody about themselves.

Reviewers are named by address. When an address is given to another account, its newest owner reviews. The earlier
account still does not judge what concerns that address.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from activations.domain.refusals import NotAllowed
from activations.models import Address, User
from activations.people.addresses import known_addresses
from certification.models import CampaignItem, CampaignReviewer, CampaignState, ReviewerAddress
from eligibility import providers
from eligibility.index.memberships import groups_around

OWN = "Nobody judges their own eligibility, or that of a group they are in. An administrator can assign this item to another reviewer"
NOT_ASSIGNED = "This item is assigned to another reviewer"


def addresses_of(user: User) -> set[str]:
    """Return all addresses that this person has or had. Takes one query."""
    return {user.email, *known_addresses(user)}


def reviewing_addresses(user: User) -> set[str]:
    """Return the addresses of :func:`addresses_of` that no other account owns now. Takes one query."""
    mine = Q(email=user.email) | Q(email__in=known_addresses(user))
    rows = list(Address.objects.filter(mine))
    taken = {row.email for row in rows if row.until is None and row.person_id != user.pk}
    return {user.email, *(row.email for row in rows)} - taken


def reviewers_of(user: User) -> QuerySet[CampaignReviewer]:
    """Return the reviewers of campaigns that this person is, or is a member of."""
    found = ReviewerAddress.objects.filter(email__in=reviewing_addresses(user))
    return CampaignReviewer.objects.filter(pk__in=found.values("reviewer_id"))


def has_reviews() -> Exists:
    """Return a condition on people: they review in a campaign that is open. Part of another query."""
    person = OuterRef(OuterRef("pk"))
    had = Address.objects.filter(person=person).values("email")
    others = Address.objects.filter(email=OuterRef("email"), until=None).exclude(person=person)
    found = ReviewerAddress.objects.filter(
        Q(email=OuterRef("email")) | Q(email__in=had),
        ~Exists(others),
        reviewer__campaign__state=CampaignState.OPEN,
    )
    return Exists(found)


def own_members(user: User) -> set[str]:
    """Return the members of bindings that this person is or belongs to, according to the index.

    Takes two queries.
    """
    return {f"user:{one}" for one in addresses_of(user)} | {
        f"group:{group}" for group in groups_around(user.email)
    }


@dataclass(frozen=True, slots=True)
class Judge:
    """A person who decides: whom they review as, and about whom they must not decide.

    `roles` comes from Google, so that leaving a group ends the right; `own` also from the index, so that
    joining a group is not missed when Google does not show it.
    """

    roles: frozenset[str]
    own: frozenset[str]

    def check(self, item: CampaignItem) -> None:
        """Check that this person may decide the item.

        :raises NotAllowed: when not.
        """
        if item.reviewer is None or item.reviewer.principal not in self.roles:
            raise NotAllowed(NOT_ASSIGNED)
        if item.member in self.own:
            raise NotAllowed(OWN)

    @property
    def condition(self) -> Q:
        """Return the condition for items that this person may decide."""
        assigned = Q(reviewer__principal__in=sorted(self.roles))
        return assigned & ~Q(member__in=sorted(self.own))


def judge_of(user: User) -> Judge:
    """Return what this person may decide; asks Google, so call it outside of transactions.

    :raises googlecloud.errors.GoogleCloudError: when Google does not answer.
    """
    live = frozenset(providers.groups().principals(user=user.email).ways)
    roles = live | {f"user:{one}" for one in reviewing_addresses(user)}
    return Judge(roles, roles | own_members(user))
