"""Runs independent look-ups at the same time."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import Context, copy_context
from typing import Any, TypeVar, overload

_A = TypeVar("_A")
_B = TypeVar("_B")
_C = TypeVar("_C")

_pool = ThreadPoolExecutor(max_workers=32, thread_name_prefix="google")


@overload
def gather(a: Callable[[], _A], b: Callable[[], _B], /) -> tuple[_A, _B]: ...
@overload
def gather(
    a: Callable[[], _A], b: Callable[[], _B], c: Callable[[], _C], /
) -> tuple[_A, _B, _C]: ...
@overload
def gather(*thunks: Callable[[], _A]) -> tuple[_A, ...]: ...
def gather(*thunks: Callable[[], Any]) -> tuple[Any, ...]:
    """Return the results of all `thunks` in order. After all have ended, raise the first error."""
    jobs = [(copy_context(), thunk) for thunk in thunks]
    futures = [_pool.submit(context.run, thunk) for context, thunk in jobs[1:]]
    try:
        mine = [jobs[0][1]()] if jobs else []
        theirs = [_result(future, *job) for future, job in zip(futures, jobs[1:], strict=True)]
        return tuple(mine + theirs)
    finally:
        wait([future for future in futures if not future.cancel()])


def _result(future: Future[Any], context: Context, thunk: Callable[[], Any]) -> Any:
    """Wait for the worker, or run a `thunk` that no worker has started: nested gathering cannot deadlock."""
    return context.run(thunk) if future.cancel() else future.result()
