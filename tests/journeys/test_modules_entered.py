"""How many of our modules one self-activation enters: what a reader has to follow."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from tests.activations.pages.shop import DNS, filled_in, roles_page, send
from tests.architecture.repository import PACKAGES, ROOT
from tests.conftest import PersonClient

OURS = tuple(f"{ROOT}/{package}/" for package in PACKAGES if package != "simulator")
# 60 without access policies, what applies their rules, one that schedules a later start, four that make it
# fast: who asks in one statement, usual conditions without the parser, the line for a project's lease, statements
# that are built once; two that were parts of others: the head of the chain, the addresses of an access; and what
# refuses JSON that nests too deeply.
MOST_MODULES = 60 + 7 + 1 + 4 + 2 + 1


@contextmanager
def entered() -> Iterator[set[str]]:
    """Collect the modules whose functions are called, also in threads that start meanwhile."""
    modules: set[str] = set()

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(OURS):
            modules.add(frame.f_code.co_filename)

    before = sys.getprofile()
    threading.setprofile(note)
    sys.setprofile(note)
    try:
        yield modules
    finally:
        sys.setprofile(before)
        threading.setprofile(before)


def activate(alice: PersonClient) -> set[str]:
    """Activate a role, and return the modules that were entered meanwhile."""
    form = filled_in(roles_page(alice), DNS, justification="CASE-2")
    with entered() as modules:
        assert alice.post("/activate", form).status_code == 303
    return modules


def test_one_self_activation_enters_a_limited_number_of_modules(alice: PersonClient) -> None:
    assert send(alice).status_code == 303  # loads grammar, keys and tokens
    # Threads of earlier requests, and caches that expire on a slow machine, may enter others meanwhile.
    modules = min((activate(alice) for _ in range(3)), key=len)
    assert f"{ROOT}/activations/services/self_activation.py" in modules
    assert f"{ROOT}/activations/iam/provisioning.py" in modules
    assert len(modules) <= MOST_MODULES, sorted(modules)
