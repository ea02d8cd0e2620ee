"""Auditors order packs on a page; a job makes each exactly once, whatever is killed on the way."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from activations.domain.periods import Days
from activations.jobs import run_job
from activations.models import Event, EvidencePack, Grant, PackChunk, PackState
from activations.packs import orders
from activations.packs.making import Made, Order, make_pack
from activations.packs.orders import HELD, LostTurn, complete, hold, order_of, store, take
from activations.packs.running import make_ordered
from activations.packs.signing import sign_as_ourselves
from activations.packs.wanted import Wanted
from eligibility import providers
from googlecloud.calls import Deadline
from googlecloud.errors import Unavailable
from simulator import Simulator
from tests.activations.admin import history
from tests.activations.admin.reading import text
from tests.activations.packs.opened import OpenPack, opened
from tests.conftest import FakeClock, PersonClient
from tests.journeys.approvals import pending_request

PAGE = "/admin/evidence-packs/"
MARCH = {"period": "", "from": "2025-03-01", "to": "2025-03-31"}


NOTHING = Made("", {}, {}, "", "")


def clock() -> datetime:
    return timezone.now()  # noqa: TID251  # the tests read the clock here only


def order(person: PersonClient, **form: str) -> Any:
    return person.post(PAGE, MARCH | form)


def run(at: datetime | None = None, **options: Any) -> dict[str, int]:
    counts = make_ordered(
        sign=sign_as_ourselves(providers.cloud()),
        clock=lambda: at or clock(),
        deadline=Deadline(60),
        **options,
    )
    return counts.as_dict()


def download(person: PersonClient) -> Any:
    return person.post(f"{PAGE}{EvidencePack.objects.latest('ordered_at').pk}/download")


def test_from_the_order_to_a_valid_file(audrey: PersonClient, tmp_path: Path) -> None:
    history.grant()
    assert order(audrey).status_code == 302
    assert "Waits for the next run" in text(audrey.get(PAGE))
    assert run_job("packs") == {"made": 1, "waiting": 0, "failed": 0, "deleted": 0}
    page = text(audrey.get(PAGE))
    assert "Ready" in page
    assert "Download" in page
    response = download(audrey)
    content = b"".join(response.streaming_content)
    assert int(response["Content-Length"]) == len(content)
    zipfile.ZipFile(io.BytesIO(content)).extractall(tmp_path)
    pack = OpenPack(tmp_path)
    event = Event.objects.get(kind="pack.made")
    assert pack.verify("--fingerprint", event.details["key_fingerprint"])[0] == 0
    assert len(pack.rows("grants")) == 1
    assert pack.manifest["made_by"] == "audrey@example.com"


def test_order_and_download_are_events_of_the_person(audrey: PersonClient) -> None:
    order(audrey, project="billing-prod")
    run()
    b"".join(download(audrey).streaming_content)
    found = Event.objects.filter(kind__startswith="pack.").order_by("sequence")
    assert [(event.kind, event.actor_email) for event in found] == [
        ("pack.ordered", "audrey@example.com"),
        ("pack.made", ""),
        ("pack.downloaded", "audrey@example.com"),
    ]
    assert {event.details["project_id"] for event in found} == {"billing-prod"}


@pytest.mark.parametrize("email", ["alice@example.com", "bob@example.com", "charlie@example.com"])
def test_others_see_nothing(
    person: Callable[[str], PersonClient], audrey: PersonClient, email: str
) -> None:
    pending_request(person("alice@example.com"))  # so that Bob may enter the admin, for his queue
    order(audrey)
    run()
    assert person(email).get(PAGE).status_code == 403
    assert order(person(email)).status_code == 403
    assert download(person(email)).status_code == 403
    assert EvidencePack.objects.count() == 1


def test_administrators_may_order_too(olga: PersonClient) -> None:
    assert olga.post(PAGE, {"period": "last-quarter"}).status_code == 302
    pack = EvidencePack.objects.get()
    assert pack.last_day < clock().date()
    assert (pack.last_day - pack.first_day).days in {89, 90, 91}


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"from": ""}, "first day"),
        ({"to": "soon"}, "last day"),
        ({"to": "2025-02-01"}, "The last day is before the first"),
        ({"project": "no project"}, "no project"),
        ({"period": "last-year"}, "either a period or days"),
    ],
)
def test_a_wrong_form_says_what_is_wrong(
    audrey: PersonClient, form: dict[str, str], words: str
) -> None:
    response = order(audrey, **form)
    assert response.status_code == 400
    assert words in text(response)
    assert not EvidencePack.objects.exists()


def test_a_second_click_orders_nothing(audrey: PersonClient, olga: PersonClient) -> None:
    for person in (audrey, audrey, olga):
        order(person)
    assert EvidencePack.objects.count() == 2


def test_an_order_that_waits_for_a_job_that_does_not_run_says_so(audrey: PersonClient) -> None:
    order(audrey)
    assert "does not run" not in text(audrey.get(PAGE))
    EvidencePack.objects.update(ordered_at=clock() - timedelta(hours=1))
    assert "does not run" in text(audrey.get(PAGE))
    run_job("packs")
    assert "does not run" not in text(audrey.get(PAGE))


def test_too_many_orders_are_refused(audrey: PersonClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "MOST_WAITING", 1)
    order(audrey)
    response = order(audrey, project="billing-prod")
    assert response.status_code == 400
    assert "evidence packs are waiting" in text(response)


def test_the_bytes_are_deleted_after_a_day(audrey: PersonClient) -> None:
    order(audrey)
    run()
    later = clock() + timedelta(days=1, minutes=1)
    assert run(later)["deleted"] == 1
    assert not PackChunk.objects.exists()
    assert EvidencePack.objects.get().state == PackState.DELETED
    assert download(audrey).status_code == 404
    assert run(later)["deleted"] == 0


def test_a_pack_is_not_offered_after_its_day_even_if_no_job_runs(audrey: PersonClient) -> None:
    order(audrey)
    run()
    EvidencePack.objects.update(delete_after=clock())
    assert download(audrey).status_code == 404
    assert "Download" not in text(audrey.get(PAGE)).partition("<table")[2]


class Killed(BaseException):
    """Stands for a process that dies: nothing of ours handles it."""


STEPS = ("Writing data/requests.csv", "Writing data/events.jsonl", "Signing", "Writing README.txt")


@pytest.mark.parametrize("step", STEPS)
def test_a_run_that_was_killed_is_made_again_once(audrey: PersonClient, step: str) -> None:
    order(audrey)
    now = clock()
    pack = take(now)
    assert pack

    def die(words: str) -> None:
        if words == step:
            raise Killed

    with pytest.raises(Killed):
        make_pack(order_of(pack), target=io.BytesIO(), sign=None, clock=lambda: now, progress=die)
    check_made_again(pack, now)


def test_a_run_that_was_killed_while_it_stored_is_made_again_once(
    audrey: PersonClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders, "CHUNK", 1000)
    order(audrey)
    now = clock()
    pack = take(now)
    assert pack

    class Dying(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 3000:
                raise Killed
            return super().read(size)

    with pytest.raises(Killed):
        store(pack, Dying(b"x" * 9000), clock=lambda: now)
    assert PackChunk.objects.count() == 4
    check_made_again(pack, now)


def check_made_again(pack: EvidencePack, now: datetime) -> None:
    assert run(now)["made"] == 0  # the lease of the dead run still holds
    assert run(now + HELD)["made"] == 1
    assert run(now + HELD)["made"] == 0
    assert Event.objects.filter(kind="pack.made").count() == 1
    row = EvidencePack.objects.get()
    chunks = PackChunk.objects.order_by("number")
    assert {chunk.attempt for chunk in chunks} == {2} == {row.attempt}
    content = b"".join(bytes(chunk.data) for chunk in chunks)
    assert len(content) == row.size
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None


def test_a_run_that_lost_its_turn_changes_nothing(audrey: PersonClient) -> None:
    order(audrey)
    now = clock()
    slow = take(now)
    fast = take(now + HELD)
    assert slow
    assert fast
    for act in (
        lambda: hold(slow, now=now, progress=""),
        lambda: store(slow, io.BytesIO(b"x"), clock=lambda: now),
        lambda: complete(slow, NOTHING, size=1, sha256="", now=now),
    ):
        with pytest.raises(LostTurn):
            act()
    assert not PackChunk.objects.exists()
    assert not Event.objects.filter(kind="pack.made").exists()


def test_a_pack_that_never_succeeds_fails_with_advice(audrey: PersonClient) -> None:
    order(audrey)
    now = clock()
    for attempt in range(orders.MOST_ATTEMPTS):
        assert take(now + HELD * attempt)
    assert take(now + HELD * orders.MOST_ATTEMPTS) is None
    page = text(audrey.get(PAGE))
    assert "Failed" in page
    assert "Choose a shorter period or one project" in page


def test_a_pack_that_is_too_large_says_what_to_do(
    audrey: PersonClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders, "MOST_BYTES", 2000)
    order(audrey)
    assert run()["failed"] == 1
    assert run() == {"made": 0, "waiting": 0, "failed": 0, "deleted": 0}
    assert "which has no limit" in text(audrey.get(PAGE))
    assert not PackChunk.objects.exists()


def test_an_outage_of_signing_is_shown_and_tried_again(
    audrey: PersonClient, simulated: Simulator, no_retry_delay: FakeClock
) -> None:
    order(audrey)
    simulated.faults.add("iamcredentials.signJwt", status=503, message="Overloaded.", times=None)
    with pytest.raises(Unavailable):
        run()
    assert "Overloaded" in text(audrey.get(PAGE))
    with pytest.raises(CommandError, match="Overloaded"):
        call_command("make_packs")
    simulated.faults.clear()
    call_command("make_packs")
    assert "Overloaded" not in text(audrey.get(PAGE))
    assert Event.objects.filter(kind="pack.made").count() == 1


def test_a_pack_without_the_permission_to_sign_says_so_on_the_page(
    audrey: PersonClient, simulated: Simulator
) -> None:
    order(audrey)
    audrey.get(PAGE)
    simulated.self_impersonation = False
    run()
    simulated.self_impersonation = True
    assert "Not signed." in text(audrey.get(PAGE))


@pytest.mark.django_db(transaction=True)
def test_progress_is_visible_while_one_state_of_the_database_is_read(simulated: Simulator) -> None:
    days = {"first_day": "2025-03-01", "last_day": "2025-03-31"}
    pack = EvidencePack.objects.create(ordered_at=clock(), ordered_by="audrey@example.com", **days)
    seen = threading.Event()

    def watch() -> None:
        while not seen.wait(0.02):
            if EvidencePack.objects.get(pk=pack.pk).progress == "Signing":
                seen.set()
        connection.close()

    def sign(claims: Any) -> Any:
        assert seen.wait(20)
        return sign_as_ourselves(providers.cloud())(claims)

    watcher = threading.Thread(target=watch)
    watcher.start()
    make_ordered(sign=sign, clock=clock, deadline=Deadline(60), beat_seconds=0.02)
    watcher.join()


@pytest.mark.django_db(transaction=True)
def test_writers_are_not_kept_waiting_and_change_nothing_in_the_pack(tmp_path: Path) -> None:
    history.grant()
    output = tmp_path / "pack.zip"
    wanted = Order(uuid4(), Wanted(Days(date(2025, 3, 1), date(2025, 3, 31))), "audrey@example.com")

    def write(words: str) -> None:
        if words == "Writing data/requests.csv":
            writer = threading.Thread(target=grant_elsewhere)
            writer.start()
            writer.join()

    with output.open("wb") as target:
        make_pack(wanted, target=target, sign=None, clock=clock, progress=write)
    pack = opened(output, tmp_path / "opened")
    assert Grant.objects.count() == 2
    assert len(pack.rows("access")) == len(pack.rows("grants")) == len(pack.rows("requests")) == 1
    status, said = pack.verify()
    assert status == 0, said


def grant_elsewhere() -> None:
    history.grant(history.NOON + history.HOUR)
    connection.close()
