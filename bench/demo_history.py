"""Fill the demo's empty database with two weeks of history: python -m bench.demo_history URL.

Uses the settings of the environment, the application's own services with a clock in the past, and the
simulated cloud, so that all evidence is as real use leaves it. URL is the demo's front door, where each
person signs in once. Does nothing when there are requests already.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jitaccess.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402  # Django first

from activations.domain.caller import Caller  # noqa: E402
from activations.domain.refusals import Moved, NotAllowed, OutcomePending  # noqa: E402
from activations.domain.request_details import RequestDetails  # noqa: E402
from activations.domain.rules import Refusal  # noqa: E402
from activations.iam.dependencies import Dependencies, current_dependencies  # noqa: E402
from activations.models import Request, User  # noqa: E402
from activations.people.actor import Actor  # noqa: E402
from activations.reconciliation.closing import close_expired  # noqa: E402
from activations.reconciliation.counts import Counts  # noqa: E402
from activations.services.access_policy import import_policy  # noqa: E402
from activations.services.after_review import Judgement, judge  # noqa: E402
from activations.services.approval import approve  # noqa: E402
from activations.services.approval_request import ApprovalInput, request_approval  # noqa: E402
from activations.services.end_access import end_own_access  # noqa: E402
from activations.services.expiry import expire_due  # noqa: E402
from activations.services.extension import Extension, extend  # noqa: E402
from activations.services.review import decline  # noqa: E402
from activations.services.self_activation import SelfActivation, self_activate  # noqa: E402
from activations.services.withdrawal import withdraw  # noqa: E402
from bench.demo_story import OWN, PEOPLE, POLICY, sign_in  # noqa: E402
from eligibility.judgement import NotEligible  # noqa: E402
from googlecloud.errors import GoogleCloudError  # noqa: E402
from jitaccess.identity.permissions import permission_finder  # noqa: E402

REFUSED = (Refusal, NotEligible, NotAllowed, Moved, OutcomePending, GoogleCloudError)


@dataclass(frozen=True)
class World:
    """The people who have signed in, and the moment that the history has reached."""

    people: dict[str, Actor]
    base: Dependencies
    now: datetime

    def at(self, moment: datetime) -> Dependencies:
        return replace(self.base, clock=lambda: moment)


def actor_of(email: str) -> Actor:
    user = User.objects.get(email=email)
    user.find_permissions = lambda: permission_finder.permissions_of(user, datetime.now(UTC))
    caller = Caller(email, user.subject, address="203.0.113.7")
    return Actor(user, caller, settings.BASE_URL)


def details(minutes: int, reason: str, **more: Any) -> RequestDetails:
    return RequestDetails(minutes=minutes, justification=reason, **more)


def activate(world: World, at: datetime, who: str, role: str, wanted: RequestDetails) -> Request:
    """Activate one role, named `project:role`, as this person."""
    project_id = role.rpartition(":")[0]
    asked = SelfActivation(project_id, (role,), wanted)
    return self_activate(asked=asked, actor=world.people[who], dependencies=world.at(at))


def ask(
    world: World, at: datetime, who: str, role: str, wanted: RequestDetails, *reviewers: str
) -> Request:
    """Request approval of one role."""
    project_id = role.rpartition(":")[0]
    emails = tuple(f"{name}@example.com" for name in reviewers)
    asked = ApprovalInput(project_id, role, emails, wanted)
    return request_approval(asked=asked, actor=world.people[who], dependencies=world.at(at))


def say_yes(world: World, at: datetime, request: Request, *names: str, comment: str = "") -> None:
    for name in names:
        fresh = Request.objects.get(pk=request.pk)
        approve(request=fresh, actor=world.people[name], comment=comment, dependencies=world.at(at))
        at += timedelta(minutes=6)


def own_work(world: World, at: datetime, chance: random.Random, number: int) -> None:
    """One activation; some are extended, some ended early."""
    who, project, role, reason = OWN[number % len(OWN)]
    wanted = details(chance.choice((15, 30, 60, 90)), reason.format(n=1200 + number))
    made = activate(world, at, who, f"{project}:{role}", wanted)
    grant, later = made.grants.get(), at + timedelta(minutes=wanted.minutes - 5)
    if number % 5 == 1:
        asked = Extension(details=replace(wanted, minutes=60))
        extend(grant=grant, asked=asked, actor=world.people[who], dependencies=world.at(later))
    elif number % 4 == 2:
        end_own_access(
            grant=grant,
            actor=world.people[who],
            comment="Done earlier than expected",
            dependencies=world.at(at + timedelta(minutes=9)),
        )


def peers_work(world: World, at: datetime, number: int) -> None:
    """One request that peers decide, withdraw or leave unanswered."""
    role = ("shop-prod:roles/iam.securityAdmin", "billing-prod:roles/cloudsql.admin")[number % 2]
    made = ask(
        world, at, "alice", role, details(30, f"CASE-{1400 + number} rotate keys"), "bob", "carol"
    )
    later = at + timedelta(minutes=4 + number)
    if number % 4 in (0, 1):
        say_yes(world, later, made, ("bob", "carol")[number % 2], comment="Agreed in the stand-up")
    elif number % 4 == 2:
        decline(
            request=made,
            actor=world.people["carol"],
            comment="Use the staging project first",
            dependencies=world.at(later),
        )
    else:
        withdraw(request=made, actor=world.people["alice"], comment="Found it", now=later)


def payment(world: World, at: datetime, who: str, project: str, number: int) -> Request:
    wanted = details(45, f"Buchung {number} hängt fest", ticket=f"INC-{4000 + number}")
    return ask(world, at, who, f"{project}:roles/cloudsql.admin", wanted)


def stages_work(world: World, at: datetime, number: int) -> None:
    """One request that passes both stages, or fails in one."""
    made = payment(world, at, "ines.garcia", "kasse-prod", number)
    say_yes(world, at + timedelta(minutes=7), made, "juergen.mueller")
    say_yes(world, at + timedelta(minutes=15), made, "zoe.lefevre", comment="Mit Inés besprochen")
    if number % 3:
        say_yes(world, at + timedelta(minutes=31), made, "soren.ostergaard", comment="Godkendt")
        return
    decline(
        request=Request.objects.get(pk=made.pk),
        actor=world.people["soren.ostergaard"],
        comment="The incident is closed",
        dependencies=world.at(at + timedelta(minutes=40)),
    )


def glass(world: World, at: datetime, who: str, number: int) -> Request:
    wanted = details(
        30,
        "Payments fail at all tills, and nobody answers",
        ticket=f"INC-{4100 + number}",
        break_glass=True,
    )
    return activate(world, at, who, "zahlung-prod:roles/cloudsql.admin", wanted)


def judged(world: World, at: datetime) -> None:
    """Break-glass access that was judged the day after."""
    made = glass(world, at, "ines.garcia", 1)
    verdict = Judgement("justified", "The tills were down; the bridge call is recorded")
    actor, later = world.people["soren.ostergaard"], at + timedelta(days=1)
    judge(request=made, judgement=verdict, actor=actor, now=later)


def steps(world: World) -> Iterator[tuple[datetime, Callable[[], object]]]:
    """Yield what happens on the fourteen days before, unordered."""
    chance, today = random.Random(14), world.now.replace(microsecond=0)
    for number in range(44):
        day = today - timedelta(days=13 - number * 13 // 44)
        at = day.replace(hour=7 + number * 5 % 11, minute=number * 17 % 60)
        if at < today - timedelta(hours=3):
            yield at, lambda at=at, n=number: own_work(world, at, chance, n)
    for number in range(10):
        at = (today - timedelta(days=13 - number)).replace(hour=9, minute=11 + number)
        yield at, lambda at=at, n=number: peers_work(world, at, n)
    for number in range(4):
        at = (today - timedelta(days=12 - 3 * number)).replace(hour=13, minute=20)
        yield at, lambda at=at, n=number: stages_work(world, at, n)
    yield today - timedelta(days=9), lambda: judged(world, today - timedelta(days=9))
    overdue = today - timedelta(days=4)
    yield overdue, lambda: glass(world, overdue, "juergen.mueller", 2)


def present(world: World) -> Iterator[tuple[datetime, Callable[[], object]]]:
    """Yield what waits, runs and ends soon now."""
    now = world.now.replace(microsecond=0)

    def ago(minutes: int) -> datetime:
        return now - timedelta(minutes=minutes)

    def second_stage() -> None:
        made = payment(world, ago(75), "ines.garcia", "rechnung-prod", 21)
        say_yes(world, ago(60), made, "juergen.mueller", "zoe.lefevre")

    def half_a_stage() -> None:
        made = payment(world, ago(50), "ines.garcia", "betrug-prod", 22)
        say_yes(world, ago(41), made, "zoe.lefevre", comment="Dringend")

    security = "shop-prod:roles/iam.securityAdmin"
    yield ago(75), second_stage
    yield (
        ago(54),
        lambda: activate(
            world,
            ago(54),
            "alice",
            "shop-prod:roles/monitoring.admin",
            details(60, "CASE-1501 alerts"),
        ),
    )
    yield ago(50), half_a_stage
    yield ago(25), lambda: payment(world, ago(25), "zoe.lefevre", "virement-prod", 23)
    yield (
        ago(20),
        lambda: activate(
            world,
            ago(20),
            "alice",
            "shop-prod:roles/dns.admin",
            details(90, "CASE-1502 new domain"),
        ),
    )
    yield (
        ago(15),
        lambda: activate(
            world,
            ago(15),
            "sakura.tanaka",
            "tokyo-search:roles/bigquery.admin",
            details(90, "検索の障害調査 1503"),
        ),
    )
    billing = "billing-prod:roles/cloudsql.admin"
    yield (
        ago(12),
        lambda: ask(
            world, ago(12), "alice", billing, details(45, "CASE-1504 audit"), "bob", "carol"
        ),
    )
    yield (
        ago(6),
        lambda: ask(
            world, ago(6), "bob", security, details(30, "CASE-1505 new key"), "alice", "carol"
        ),
    )


def close(moment: datetime) -> None:
    """Do what the scheduled jobs would have done by this moment."""
    expire_due(now=moment)
    close_expired(now=moment, counts=Counts())


def main(front_door: str) -> None:
    """Make the history, in the order of its times."""
    if Request.objects.exclude(channel="adopted").count() > 1:
        print("There is a history already.")
        return
    started, now = time.monotonic(), datetime.now(UTC)
    for name in PEOPLE:
        sign_in(front_door, f"{name}@example.com")
    operator = Caller("command line (demo)", "", channel="command")
    begun = now - timedelta(days=14)
    import_policy(text=POLICY, operator=operator, comment="The demo's rules", now=begun)
    people = {name: actor_of(f"{name}@example.com") for name in PEOPLE}
    world = World(people, current_dependencies(), now)
    failed = 0
    for at, step in sorted([*steps(world), *present(world)], key=lambda one: one[0]):
        close(at)
        try:
            step()
        except REFUSED as error:
            failed += 1
            print(f"{at:%d %b %H:%M}: {type(error).__name__}: {error}")
    close(now)
    print(
        f"{Request.objects.count()} requests in {time.monotonic() - started:.0f} s, {failed} failed."
    )


if __name__ == "__main__":
    main(sys.argv[1])
