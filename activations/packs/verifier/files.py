"""Verifies an evidence pack of JIT Access. Needs Python 3.9 or newer, and nothing else.

    python3 -I verify.py [PACK.zip or FOLDER] [--fingerprint HEX] [--head SEQUENCE:HASH]

Without a name it verifies the folder that it is in. Ends with 0 when everything matches, with 1 when something does not.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sqlite3
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

OUTSIDE = {"manifest.json", "manifest.jwt", "key.json"}
SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")
MOST_SHOWN = 100
SMALLEST_KEY = 2048 // 8
SCHEMA = """
CREATE TABLE event (sequence INTEGER PRIMARY KEY, hash TEXT, request TEXT, "grant" TEXT, kind TEXT);
CREATE INDEX event_request ON event (request);
CREATE INDEX event_grant ON event ("grant");
CREATE TABLE rebuilt (kind TEXT, key TEXT, request TEXT, data TEXT, seen INTEGER DEFAULT 0,
  PRIMARY KEY (request, kind, key));
CREATE TABLE pseudonymized (sequence INTEGER, recorded_by INTEGER, digest TEXT,
  PRIMARY KEY (sequence, recorded_by));
CREATE TABLE listed (name TEXT, key TEXT, PRIMARY KEY (name, key));
CREATE TABLE proposed (id INTEGER PRIMARY KEY);
CREATE TABLE policy_step (sequence INTEGER PRIMARY KEY, proposal INTEGER, kind TEXT, data TEXT);
CREATE TABLE lasting (person TEXT, start TEXT, end TEXT);
CREATE TABLE asked (id TEXT PRIMARY KEY, data TEXT);
CREATE TABLE held (id TEXT PRIMARY KEY, request TEXT, data TEXT, in_access INTEGER DEFAULT 0);
CREATE INDEX held_request ON held (request);
"""


class Pack:
    """The files of a pack, from a ZIP file or a folder."""

    def __init__(self, path: Path) -> None:
        self.zip = zipfile.ZipFile(path) if path.is_file() else None
        self.folder = path

    def names(self) -> list[str]:
        """Return the names of all files."""
        if self.zip:
            return [name for name in self.zip.namelist() if not name.endswith("/")]
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return [path.relative_to(self.folder).as_posix() for path in found]

    def open(self, name: str) -> IO[bytes]:
        """Open a file for reading."""
        return self.zip.open(name) if self.zip else (self.folder / name).open("rb")

    def rows(self, table: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of a table."""
        with self.open(f"data/{table}.jsonl") as lines:
            for line in lines:
                yield json.loads(line)


class Verification:
    """Collects what is wrong; a database on disk keeps the memory small."""

    def __init__(self, pack: Pack, options: argparse.Namespace) -> None:
        self.pack, self.options = pack, options
        self.problems = 0
        self.notes: list[str] = []
        self.pseudonymized = self.sealed = 0
        # The hashes of events that recorded changes of others.
        self.recorded: dict[int, str] = {}
        self.db = sqlite3.connect("")
        self.db.executescript(SCHEMA)
        with pack.open("manifest.json") as stream:
            self.manifest_bytes = stream.read()
        self.manifest: dict[str, Any] = json.loads(self.manifest_bytes)
        self.start, self.end = self.manifest["period"]["start"], self.manifest["period"]["end"]

    def wrong(self, text: str) -> None:
        """Report a problem."""
        self.problems += 1
        if self.problems <= MOST_SHOWN:
            say(f"WRONG: {text}")

    def compare(
        self, name: str, row: Mapping[str, Any], said: Mapping[str, Any], says: str = "events say"
    ) -> None:
        """Report the columns of a row that differ from what its events say, or something else that it has."""
        for column, value in said.items():
            if row[column] != value:
                self.wrong(f"{name}: {column} is {row[column]!r}, its {says} {value!r}")


def say(text: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{text}\n")


def check_files(check: Verification) -> None:
    """Hash and count every file, and look for files that are missing or were added."""
    listed = {file["name"]: file for file in check.manifest["files"]}
    there = Counter(check.pack.names())
    for name, count in there.items():
        if count > 1:
            check.wrong(f"{name} is in the pack {count} times")
        if name not in listed and name not in OUTSIDE:
            check.wrong(f"{name} is not listed in manifest.json")
    for name, file in listed.items():
        if name in there:
            check_file(check, name, file)
        else:
            check.wrong(f"{name} is missing")


def check_file(check: Verification, name: str, file: dict[str, Any]) -> None:
    """Compare the hash of one file, and the number of its rows, with the manifest."""
    digest, lines = hashlib.sha256(), 0
    with check.pack.open(name) as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
            lines += block.count(b"\n")
    if digest.hexdigest() != file["sha256"]:
        check.wrong(f"{name} was changed: its SHA-256 is {digest.hexdigest()}")
    if name.endswith(".jsonl") and lines != file["rows"]:
        check.wrong(f"{name} has {lines} rows, manifest.json says {file['rows']}")


def check_signature(check: Verification) -> None:
    """Verify RS256 over the manifest with the key in the pack, and compare the key's fingerprint."""
    said = check.manifest["signature"]
    wanted = (check.options.fingerprint or "").lower().replace(":", "")
    if not said["signed"]:
        check.notes.append(f"The pack is not signed: {said['reason']}")
        if wanted:
            check.wrong("the pack is not signed, but a fingerprint was given")
        return
    with check.pack.open("key.json") as stream:
        key = json.load(stream)
    with check.pack.open("manifest.jwt") as stream:
        head, payload, signed = stream.read().decode().strip().split(".")
    fingerprint = fingerprint_of(key)
    if wanted and fingerprint != wanted:
        check.wrong(f"the pack was signed with another key, of fingerprint {fingerprint}")
    is_rs256 = json.loads(decoded(head))["alg"] == "RS256"
    if not is_rs256 or not is_signed(key, f"{head}.{payload}", signed):
        check.wrong("manifest.jwt: the signature does not match the key in key.json")
    claims, digest = json.loads(decoded(payload)), hashlib.sha256(check.manifest_bytes).hexdigest()
    if claims["manifest_sha256"] != digest or claims["pack_id"] != check.manifest["pack_id"]:
        check.wrong("manifest.jwt: it signs another manifest.json")
    check.notes.append(f"Signed by {claims['iss']} with the key of fingerprint {fingerprint}")


def decoded(text: str) -> bytes:
    """Return the bytes of base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def fingerprint_of(key: dict[str, str]) -> str:
    """Return the SHA-256 of a key, computed as RFC 7638 describes."""
    wanted = {name: key[name] for name in ("e", "kty", "n")}
    text = json.dumps(wanted, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def is_signed(key: dict[str, str], text: str, signed: str) -> bool:
    """Verify RSASSA-PKCS1-v1_5 with SHA-256, by RFC 8017: compares the whole block."""
    modulus, exponent = (int.from_bytes(decoded(key[name]), "big") for name in ("n", "e"))
    size = (modulus.bit_length() + 7) // 8
    value = int.from_bytes(decoded(signed), "big")
    if size < SMALLEST_KEY or value >= modulus:
        return False
    end = SHA256_PREFIX + hashlib.sha256(text.encode()).digest()
    block = b"\x00\x01" + b"\xff" * (size - len(end) - 3) + b"\x00" + end
    return pow(value, exponent, modulus).to_bytes(size, "big") == block
