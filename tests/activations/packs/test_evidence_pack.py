"""What a pack contains, how it is signed, and what the command says."""

from __future__ import annotations

import ast
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from activations.models import Event
from activations.packs.verify_script import verify_script
from simulator import Simulator
from tests.activations.admin import history
from tests.activations.admin.history import HOUR, NOON
from tests.activations.evidence.recorded_history import differences, record_history
from tests.activations.packs.opened import OpenPack, make, opened
from tests.conftest import FakeClock, PersonClient
from tests.jitaccess.log_lines import LogLines, labels
from tests.journeys.approvals import decide
from tests.journeys.schedules import scheduled_request
from tests.journeys.shop import COMPUTE

pytestmark = pytest.mark.one_database


MARCH = ("--from", "2025-03-01", "--to", "2025-03-31")


def make_for(folder: Path, *options: str) -> OpenPack:
    output = folder / "pack.zip"
    call_command("evidence_pack", *options, "--output", str(output), "--unsigned")
    return opened(output, folder / "opened")


def first_page(pack: OpenPack) -> str:
    return (pack.folder / "README.txt").read_text()


def test_the_pack_is_an_event_with_the_fingerprint_of_the_key(
    person: Callable[[str], PersonClient], simulated: Simulator, tmp_path: Path, log: LogLines
) -> None:
    record_history(person, simulated)
    pack = make(tmp_path)
    event = Event.objects.get(kind="pack.made")
    fingerprint = event.details["key_fingerprint"]
    assert pack.verify("--fingerprint", fingerprint)[0] == 0
    assert event.actor_email.startswith("command line")
    [line] = log.of("pack.made")
    assert labels(line)["key_fingerprint"] == fingerprint
    assert labels(line)["event_hash"] == event.hash
    assert differences() == []


def test_the_signature_does_not_expire(
    alice: PersonClient, simulated: Simulator, tmp_path: Path
) -> None:
    make(tmp_path)
    [call] = simulated.calls.of("iamcredentials.signJwt")
    assert '"exp"' not in call.body["payload"]
    assert '"manifest_sha256"' in call.body["payload"]


def test_without_the_permission_the_first_page_says_so(
    alice: PersonClient, simulated: Simulator, tmp_path: Path, log: LogLines
) -> None:
    simulated.self_impersonation = False
    pack = make(tmp_path)
    assert "THIS PACK IS NOT SIGNED" in first_page(pack)
    assert "roles/iam.serviceAccountTokenCreator" in first_page(pack)
    assert not (pack.folder / "manifest.jwt").exists()
    assert "signJwt" in Event.objects.get(kind="pack.made").details["unsigned_because"]
    [line] = log.of("pack.made")
    assert line["severity"] == "WARNING"


def test_an_outage_of_signing_keeps_its_name_and_makes_no_file(
    alice: PersonClient, simulated: Simulator, no_retry_delay: FakeClock, tmp_path: Path
) -> None:
    simulated.faults.add("iamcredentials.signJwt", status=503, message="Overloaded.", times=None)
    with pytest.raises(CommandError, match=r"not signed.*Overloaded"):
        make(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert not Event.objects.filter(kind="pack.made").exists()


@pytest.mark.django_db
def test_the_command_signs_nothing_when_told_so(tmp_path: Path) -> None:
    pack = make_for(tmp_path, *MARCH)
    assert "chose not to sign" in first_page(pack)
    assert pack.verify()[0] == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--from", "2025-03-31", "--to", "2025-03-01"), "last day is before the first"),
        ((*MARCH, "--project", "123456"), "project number"),
    ],
)
def test_a_wrong_order_is_refused(tmp_path: Path, options: tuple[str, ...], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("evidence_pack", *options, "--output", str(tmp_path / "pack.zip"))


@pytest.mark.django_db
def test_no_file_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "pack.zip").write_text("precious")
    with pytest.raises(CommandError, match="exists"):
        make_for(tmp_path, *MARCH)
    assert (tmp_path / "pack.zip").read_text() == "precious"


@pytest.mark.django_db
def test_only_rows_of_the_period_are_in_it(tmp_path: Path) -> None:
    inside = history.grant(NOON)
    history.grant(NOON - timedelta(days=60), role="roles/run.admin")
    history.grant(NOON + timedelta(days=60), role="roles/dns.admin")
    pack = make_for(tmp_path, *MARCH)
    assert [row["grant_id"] for row in pack.rows("grants")] == [str(inside.pk)]
    assert len(pack.rows("requests")) == len(pack.rows("access")) == 1
    assert {row["request_id"] for row in pack.rows("events")} == {str(inside.request_id)}
    assert pack.verify()[0] == 0


@pytest.mark.django_db
def test_an_access_is_whole_although_it_began_before_the_period(tmp_path: Path) -> None:
    midnight = NOON.replace(day=1, hour=0)
    history.grant(midnight - HOUR)
    history.grant(midnight)
    pack = make_for(tmp_path, *MARCH)
    [access] = pack.rows("access")
    assert access["start"] == "2025-02-28T23:00:00.000000Z"
    assert len(pack.rows("requests")) == 2
    assert pack.verify()[0] == 0


@pytest.mark.django_db
def test_an_access_is_whole_although_it_was_extended_for_months(tmp_path: Path) -> None:
    start = NOON.replace(day=1, hour=0) - timedelta(days=70)
    for number in range(20):
        history.grant(start + timedelta(days=7 * number), lasting=timedelta(days=7))
    pack = make_for(tmp_path, *MARCH)
    [access] = pack.rows("access")
    assert access["grants"] == 20
    assert access["start"] == "2024-12-21T00:00:00.000000Z"
    assert access["end"] == "2025-05-10T00:00:00.000000Z"
    assert pack.verify()[0] == 0


@pytest.mark.django_db
def test_an_access_that_began_years_before_and_still_lasts_is_in_it(tmp_path: Path) -> None:
    """A binding that was written by hand can last like this; it is adopted."""
    grant = history.grant(NOON - timedelta(days=1500), lasting=timedelta(days=3000))
    pack = make_for(tmp_path, *MARCH)
    [access] = pack.rows("access")
    assert access["grant_ids"] == [str(grant.pk)]
    code, said = pack.verify()
    assert code == 0, said


@pytest.mark.django_db
def test_other_projects_leave_only_their_place_in_the_chain(tmp_path: Path) -> None:
    history.grant(NOON)
    history.grant(of=history.request(NOON, project_id="payroll", justification="secret"))
    history.grant(NOON + HOUR)
    pack = make_for(tmp_path, *MARCH, "--project", "billing-prod")
    assert {row["project_id"] for row in pack.rows("grants")} == {"billing-prod"}
    assert [row["kind"] == "" for row in pack.rows("events")] == [False] * 2 + [True] * 2 + [
        False
    ] * 2
    for file in pack.folder.rglob("*.*"):
        assert b"payroll" not in file.read_bytes()
        assert b"secret" not in file.read_bytes() or file.name in {"verify.py", "README.txt"}
    status, said = pack.verify()
    assert status == 0, said
    assert "of other projects" in first_page(pack)


def test_a_pack_with_a_start_that_was_withdrawn_is_valid(
    alice: PersonClient, tmp_path: Path
) -> None:
    """Such a grant has a reason why it ended, although it never gave access."""
    scheduled = scheduled_request(alice, COMPUTE)
    assert decide(alice, scheduled, "withdraw", "plans changed").status_code == 200
    pack = make(tmp_path, "--unsigned")
    [grant] = pack.rows("grants")
    assert (grant["outcome"], grant["end_reason"]) == ("WITHDRAWN", "withdrawn")
    status, said = pack.verify()
    assert status == 0, said


@pytest.mark.django_db
def test_an_empty_period_makes_a_valid_pack(tmp_path: Path) -> None:
    assert make_for(tmp_path, *MARCH).verify()[0] == 0


@pytest.mark.django_db
def test_every_table_is_there_in_both_formats(tmp_path: Path) -> None:
    history.grant(NOON)
    manifest: dict[str, Any] = make_for(tmp_path, *MARCH).manifest
    names = {file["name"] for file in manifest["files"]}
    tables = (
        *("access", "requests", "grants", "events"),
        *("policy_versions", "after_reviews", "eligibility", "pseudonymizations"),
        *("access_reviews", "access_review_items"),
    )
    assert names == {
        *(f"data/{table}.{form}" for table in tables for form in ("csv", "jsonl")),
        *("verify.py", "README.txt"),
    }
    assert manifest["chain"]["head"]["sequence"] == 2
    assert manifest["product_version"]


def test_the_verifier_uses_no_syntax_newer_than_python_3_9() -> None:
    """Nor arguments of the standard library that came later; `bench/verify_pack.py` runs it with 3.9 itself."""
    tree = ast.parse(verify_script(), feature_version=(3, 9))
    newer = {keyword.arg for keyword in ast.walk(tree) if isinstance(keyword, ast.keyword)}
    assert not newer & {"strict", "slots", "kw_only", "delete_on_close"}
    first = tree.body[1]
    assert isinstance(first, ast.ImportFrom)
    assert first.module == "__future__"  # unions in annotations are not evaluated
