"""Makes packs with the command, opens them, and runs their own verifier in a process of its own."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management import call_command


@dataclass
class OpenPack:
    """A pack in a folder."""

    folder: Path

    def rows(self, table: str) -> list[dict[str, Any]]:
        lines = (self.folder / f"data/{table}.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in lines.split("\n") if line]

    def write(self, table: str, rows: list[dict[str, Any]]) -> None:
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
        (self.folder / f"data/{table}.jsonl").write_text("".join(lines), encoding="utf-8")

    @property
    def manifest(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "manifest.json").read_text())
        return found

    def write_manifest(self, manifest: dict[str, Any]) -> None:
        (self.folder / "manifest.json").write_text(json.dumps(manifest, indent=2))

    def hash_again(self) -> None:
        """Let the manifest describe the files as they are, as a person who changes them would."""
        manifest = self.manifest
        manifest["files"] = [
            one for one in manifest["files"] if (self.folder / one["name"]).exists()
        ]
        for file in manifest["files"]:
            content = (self.folder / file["name"]).read_bytes()
            file["sha256"] = hashlib.sha256(content).hexdigest()
            if file["name"].endswith(".jsonl"):
                file["rows"] = content.count(b"\n")
        self.write_manifest(manifest)

    def replace(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        text = path.read_bytes().decode()
        assert old in text, f"{old} is not in {name}"
        path.write_bytes(text.replace(old, new, 1).encode())

    def verify(self, *options: str, path: Path | None = None) -> tuple[int, str]:
        """Return the exit status and the output of the pack's own program, which sees no product."""
        script = [sys.executable, "-I", str(self.folder / "verify.py")]
        arguments = [str(path)] if path else []
        done = subprocess.run(
            [*script, *arguments, *options], capture_output=True, text=True, check=False, cwd="/"
        )
        return done.returncode, done.stdout + done.stderr


def make(folder: Path, *options: str) -> OpenPack:
    """Make a pack of all time and open it."""
    output = folder / "pack.zip"
    period = ("--from", "2020-01-01", "--to", "2099-12-31")
    call_command("evidence_pack", *period, "--output", str(output), *options)
    return opened(output, folder / "opened")


def opened(output: Path, folder: Path) -> OpenPack:
    with zipfile.ZipFile(output) as file:
        file.extractall(folder)
    return OpenPack(folder)
