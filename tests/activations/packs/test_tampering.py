"""Whatever is changed in a pack, its own program finds it, on a machine without the product."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from activations.exports.csv_lines import cell
from simulator import Simulator
from simulator.oidc_signer import OidcSigner
from tests.activations.evidence.recorded_history import record_history
from tests.activations.packs.opened import OpenPack, make
from tests.conftest import PersonClient
from tests.journeys.policies import Activate, policy  # noqa: F401  # a fixture

pytestmark = pytest.mark.one_database


Person = Callable[[str], PersonClient]


@pytest.fixture
def pack(person: Person, simulated: Simulator, tmp_path: Path) -> OpenPack:
    """A signed pack with every kind of record."""
    record_history(person, simulated)
    return make(tmp_path)


@pytest.fixture
def unsigned(person: Person, simulated: Simulator, tmp_path: Path) -> OpenPack:
    """The same, made without the permission to sign: hashes can be computed again without a trace."""
    record_history(person, simulated)
    simulated.self_impersonation = False
    return make(tmp_path)


def finds(pack: OpenPack, words: str, *options: str) -> None:
    status, said = pack.verify(*options)
    assert status == 1, said
    assert words in said


def test_an_unchanged_pack_is_valid(pack: OpenPack) -> None:
    status, said = pack.verify()
    assert (status, said.splitlines()[-1]) == (0, "The pack is valid.")
    assert "Signed by " in said


def test_an_unchanged_zip_file_is_valid(pack: OpenPack) -> None:
    assert pack.verify(path=pack.folder.parent / "pack.zip")[0] == 0


def test_an_unchanged_unsigned_pack_is_valid_and_says_so(unsigned: OpenPack) -> None:
    status, said = unsigned.verify()
    assert status == 0, said
    assert "The pack is not signed" in said


def test_1_a_changed_cell(pack: OpenPack) -> None:
    pack.replace("data/grants.csv", "CASE-123", "CASE-321")
    finds(pack, "data/grants.csv was changed")


def test_2_a_changed_row(pack: OpenPack) -> None:
    pack.replace("data/grants.jsonl", "alice@example.com", "bob@example.com")
    finds(pack, "data/grants.jsonl was changed")


def test_3_a_missing_file(pack: OpenPack) -> None:
    (pack.folder / "data/requests.csv").unlink()
    finds(pack, "data/requests.csv is missing")


def test_4_an_added_file(pack: OpenPack) -> None:
    (pack.folder / "data/more.csv").write_text("who,what\n")
    finds(pack, "data/more.csv is not listed")


def test_5_a_changed_file_with_its_new_hash_in_the_manifest(pack: OpenPack) -> None:
    pack.replace("README.txt", "START HERE", "START THERE")
    pack.hash_again()
    finds(pack, "it signs another manifest.json")


def test_6_a_changed_manifest(pack: OpenPack) -> None:
    pack.write_manifest(pack.manifest | {"made_by": "mallory@example.com"})
    finds(pack, "it signs another manifest.json")


def test_7_a_signature_of_somebody_else(pack: OpenPack, simulated: Simulator) -> None:
    fingerprint = pack.verify()[1].partition("fingerprint ")[2].split()[0]
    assert pack.verify("--fingerprint", fingerprint)[0] == 0
    other = OidcSigner()
    token = (pack.folder / "manifest.jwt").read_text()
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    (pack.folder / "manifest.jwt").write_text(other.signed(claims))
    finds(pack, "the signature does not match the key")
    (pack.folder / "key.json").write_text(json.dumps(other.public_jwk()))
    assert pack.verify()[0] == 0
    finds(pack, "signed with another key", "--fingerprint", fingerprint)


def test_8_a_signature_that_was_removed(pack: OpenPack) -> None:
    said = {"signed": False, "reason": "nobody needs it"}
    pack.write_manifest(pack.manifest | {"signature": said})
    (pack.folder / "manifest.jwt").unlink()
    finds(pack, "is not signed, but a fingerprint was given", "--fingerprint", "ab" * 32)


def test_9_a_changed_event(unsigned: OpenPack) -> None:
    unsigned.replace("data/events.jsonl", '"comment": "fine"', '"comment": "okay"')
    unsigned.replace("data/events.csv", ",fine,", ",okay,")
    unsigned.hash_again()
    finds(unsigned, "was changed: its content does not match its hash")


def test_10_a_missing_event(unsigned: OpenPack) -> None:
    rows = unsigned.rows("events")
    unsigned.write("events", rows[:5] + rows[6:])
    unsigned.hash_again()
    finds(unsigned, "event 7 does not continue event 5")


def test_11_a_chain_without_its_end(unsigned: OpenPack) -> None:
    unsigned.write("events", unsigned.rows("events")[:-1])
    unsigned.hash_again()
    finds(unsigned, "the chain ends with")


def test_12_a_row_that_differs_from_its_events(unsigned: OpenPack) -> None:
    rows = unsigned.rows("requests")
    row = next(row for row in rows if row["justification"] == "CASE-123")
    row["justification"] = "CASE-321"
    write_both(unsigned, "requests", rows)
    finds(unsigned, "justification is 'CASE-321', its events say 'CASE-123'")


@pytest.mark.parametrize(
    ("table", "column", "value", "words"),
    [
        ("requests", "approved_by", ["olga@example.com"], "approved_by is"),
        ("requests", "reviewers_asked", [], "reviewers_asked is"),
        ("requests", "state", "withdrawn", "state is"),
        ("grants", "actual_end", "2040-01-01T00:00:00.000000Z", "actual_end is"),
        ("grants", "outcome", "FAILED", "outcome is"),
        ("grants", "role", "roles/viewer", "role is"),
        ("access", "start", "2040-01-01T00:00:00.000000Z", "start is"),
        ("access", "end", "2040-01-01T00:00:00.000000Z", "end is"),
        ("access", "role", "roles/viewer", "role differs from its grants"),
    ],
)
def test_13_a_forged_column(
    unsigned: OpenPack, table: str, column: str, value: object, words: str
) -> None:
    rows = unsigned.rows(table)
    row = next(row for row in rows if row[column] != value)
    row[column] = value
    write_both(unsigned, table, rows)
    finds(unsigned, words)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("requests", "is in the events, but not in requests.jsonl"),
        ("grants", "is in the events, but not in grants.jsonl"),
        ("access", "is in no row of access.jsonl"),
    ],
)
def test_14_a_row_that_was_removed(unsigned: OpenPack, table: str, words: str) -> None:
    write_both(unsigned, table, unsigned.rows(table)[1:])
    finds(unsigned, words)


@pytest.mark.parametrize(("table", "key"), [("requests", "request_id"), ("grants", "grant_id")])
def test_15_a_row_that_was_added(unsigned: OpenPack, table: str, key: str) -> None:
    rows = unsigned.rows(table)
    invented = "00000000-0000-4000-8000-000000000000"
    write_both(unsigned, table, [*rows, rows[0] | {key: invented}])
    finds(unsigned, f"{invented}: its last event is None")


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("requests", 'requests.jsonl: the row with {"request_id":'),
        ("grants", 'grants.jsonl: the row with {"grant_id":'),
        ("access", "is in access.jsonl more than once"),
    ],
)
def test_a_row_that_is_there_twice(unsigned: OpenPack, table: str, words: str) -> None:
    rows = unsigned.rows(table)
    write_both(unsigned, table, [*rows, rows[0]])
    finds(unsigned, words)


def test_16_a_spreadsheet_that_differs_from_its_table(unsigned: OpenPack) -> None:
    unsigned.replace("data/access.csv", "CASE-123", "CASE-321")
    unsigned.hash_again()
    finds(unsigned, "access.csv, row 2, differs from access.jsonl")


def test_17_a_changed_policy(
    policy: Activate,  # noqa: F811  # the fixture
    simulated: Simulator,
    tmp_path: Path,
) -> None:
    simulated.self_impersonation = False
    policy()
    pack = make(tmp_path)
    rows = pack.rows("policy_versions")
    assert pack.verify()[0] == 0
    write_both(pack, "policy_versions", [rows[0] | {"text": rows[0]["text"] + "\n# more"}])
    finds(pack, "its text has another hash")


def test_a_chain_that_was_rewritten_as_a_whole_contradicts_the_log(pack: OpenPack) -> None:
    event = pack.rows("events")[3]
    assert pack.verify("--head", f"{event['sequence']}:{event['hash']}")[0] == 0
    finds(pack, "is not the one that was given", "--head", f"{event['sequence']}:{'0' * 64}")


def test_damage_in_one_file_does_not_hide_what_is_wrong_in_another(pack: OpenPack) -> None:
    (pack.folder / "data/events.jsonl").write_text("{")
    (pack.folder / "key.json").write_text("{")
    status, said = pack.verify()
    assert status == 1
    assert "check_signature: cannot be read" in said
    assert "check_chain: cannot be read" in said


def test_something_else_is_no_pack(pack: OpenPack, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    status, said = pack.verify(path=tmp_path / "empty")
    assert (status, "not an evidence pack" in said) == (1, True)


def write_both(pack: OpenPack, table: str, rows: list[dict[str, object]]) -> None:
    """Write both formats of a table, with new hashes: only what they contain can show the forgery."""
    pack.write(table, rows)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(rows[0])
    writer.writerows([cell(value) for value in row.values()] for row in rows)
    (pack.folder / f"data/{table}.csv").write_bytes(f"\ufeff{text.getvalue()}".encode())
    pack.hash_again()
