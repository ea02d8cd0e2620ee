"""Writes the files of a pack into one ZIP file, and notes the hash and the number of rows of each."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import IO, Any, Self

from activations.exports.columns import Layout
from activations.exports.formats import FORMATS, Format
from activations.exports.snapshot import blocks

Progress = Callable[[str], None]


class PackTooLarge(Exception):
    """The pack has more bytes than may be stored; the text says what to do."""

    def __init__(self, most: int) -> None:
        super().__init__(
            f"The pack is larger than {most // 2**20} MiB. Choose a shorter period or one project, or run"
            " manage.py evidence_pack, which has no limit."
        )


@dataclass(frozen=True, slots=True)
class Written:
    """One file of a pack; `rows` is None for a file that is no table."""

    name: str
    sha256: str
    bytes: int
    rows: int | None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class PackFile:
    """A ZIP file that is written from beginning to end; only a block of it is in memory.

    :raises PackTooLarge: by each method that writes, beyond `most_bytes`.
    """

    def __init__(
        self,
        target: IO[bytes],
        *,
        at: datetime,
        progress: Progress,
        most_bytes: int | None = None,
    ) -> None:
        self._target = target
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED)
        self._at = at
        self._progress = progress
        self._most_bytes = most_bytes
        self.written: list[Written] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the file. After an error it is not to be used, and only what is open is released."""
        if error is None:
            self._zip.close()
            self._check_size()
            return
        with suppress(Exception):
            self._zip.close()

    def note(self, words: str) -> None:
        """Report progress."""
        self._progress(words)

    def add(self, name: str, content: bytes) -> Written:
        """Add a file that is no table."""
        return self._add(name, [content], rows=lambda: None)

    def add_table(
        self, layout: Layout[Any], rows: Callable[[], Iterable[Any]], *, as_of: datetime
    ) -> Written:
        """Add a table in each format; `rows` is called once for each."""
        first, *_ = [self._add_format(layout, rows(), form, as_of) for form in FORMATS.values()]
        return first

    def _add_format(
        self, layout: Layout[Any], rows: Iterable[Any], form: Format, as_of: datetime
    ) -> Written:
        counted = Counted(rows)
        prepared = layout.prepared(counted, as_of)
        lines = form.lines(prepared, layout=layout, as_of=as_of)
        name = f"data/{layout.name}.{form.name}"
        return self._add(name, blocks(lines), rows=lambda: counted.count)

    def _add(
        self, name: str, content: Iterable[bytes], *, rows: Callable[[], int | None]
    ) -> Written:
        self.note(f"Writing {name}")
        digest, size = hashlib.sha256(), 0
        entry = zipfile.ZipInfo(name, self._at.astimezone(UTC).timetuple()[:6])
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o644 << 16
        with self._zip.open(entry, "w", force_zip64=True) as file:
            for block in content:
                digest.update(block)
                size += len(block)
                file.write(block)
                self._check_size()
        done = Written(name, digest.hexdigest(), size, rows())
        self.written.append(done)
        return done

    def _check_size(self) -> None:
        if self._most_bytes is not None and self._target.tell() > self._most_bytes:
            raise PackTooLarge(self._most_bytes)


class Counted:
    """Passes rows on and counts them."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[Any]:
        for row in self._rows:
            self.count += 1
            yield row
