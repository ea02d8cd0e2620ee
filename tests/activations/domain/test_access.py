"""Who holds a role, until when and by which grants: the rule is compared with its definition."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from activations.domain.access import GrantFact, access_by
from activations.domain.states import GrantState

NOW = datetime(2040, 1, 1, tzinfo=UTC)
FACTS = st.lists(
    st.builds(
        lambda state, start, end: GrantFact(
            uuid.uuid4(),
            uuid.uuid4(),
            state,
            NOW + timedelta(minutes=start),
            NOW + timedelta(minutes=end),
            NOW + timedelta(minutes=end),
        ),
        st.sampled_from(GrantState),
        st.integers(-90, 0),
        st.integers(-5, 90),
    )
)


@given(FACTS)
def test_access_lasts_as_long_as_the_longest_active_grant(facts: list[GrantFact]) -> None:
    ends = [one.until for one in facts if one.state is GrantState.ACTIVE and one.until > NOW]
    access = access_by(facts, now=NOW)
    assert access.until == max(ends, default=None)
    assert access.is_held == bool(ends)
    assert {one.until for one in access.grants} == set(ends)


@given(FACTS)
def test_an_unconfirmed_grant_gives_no_access_and_is_named(facts: list[GrantFact]) -> None:
    access = access_by(facts, now=NOW)
    assert all(one.state is GrantState.PROVISIONING for one in access.unconfirmed)
    assert len(access.unconfirmed) == sum(one.state is GrantState.PROVISIONING for one in facts)
    assert not set(access.unconfirmed) & set(access.grants)


@given(FACTS)
def test_another_request_is_named_only_if_it_gives_access_for_longest(
    facts: list[GrantFact],
) -> None:
    access = access_by(facts, now=NOW)
    for one in facts:
        is_longest = bool(access.grants) and access.grants[0] is one
        assert access.lasts_through_another(one.request_id) == (access.is_held and not is_longest)
