"""A file that is streamed to the browser, whose first block is read before the answer begins."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing

from django.db import Error
from django.http import StreamingHttpResponse

from activations.database_faults import fault_of, log_fault


def download_of(blocks: Generator[bytes], *, name: str, content_type: str) -> StreamingHttpResponse:
    """Return an answer that streams the blocks as the file `name`.

    What fails before the first block is raised here, where the middleware still can answer it. What fails
    later breaks the download off, because a short file would look complete.
    """
    begun = _begun(blocks)
    next(begun)
    response = StreamingHttpResponse(begun, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _begun(blocks: Generator[bytes]) -> Iterator[bytes]:
    """Yield nothing once the first block is read, and then all blocks."""
    with closing(blocks):
        first = next(blocks, b"")
        # Only a generator that has begun closes the blocks, and so their transaction, if nobody reads them.
        yield b""
        yield first
        try:
            yield from blocks
        except Error as error:
            if fault := fault_of(error):
                log_fault(f"{fault.value}, so a download broke off", error)
            raise
