"""Runs all checks and prints what they find."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from activations.packs.verifier.access_reviews import check_access_reviews
from activations.packs.verifier.accesses import check_access
from activations.packs.verifier.after_reviews import check_after_reviews
from activations.packs.verifier.copies import check_copies
from activations.packs.verifier.events import check_chain, check_pseudonymizations
from activations.packs.verifier.files import (
    MOST_SHOWN,
    Pack,
    Verification,
    check_files,
    check_signature,
    say,
)
from activations.packs.verifier.policies import check_policies
from activations.packs.verifier.repeated import check_repeated
from activations.packs.verifier.rows import check_rows, check_spreadsheets

CHECKS_OF_EACH = (
    *(check_files, check_signature, check_repeated, check_pseudonymizations, check_chain),
)
CHECKS = (
    *(*CHECKS_OF_EACH, check_rows, check_copies, check_after_reviews, check_access),
    *(check_policies, check_access_reviews, check_spreadsheets),
)
CHECKS_OF_A_REVIEW = (*CHECKS_OF_EACH, check_access_reviews, check_spreadsheets)


def arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description="Verifies an evidence pack of JIT Access.")
    here = Path(__file__).resolve().parent
    parser.add_argument("pack", nargs="?", type=Path, default=here, help="a ZIP file or a folder")
    parser.add_argument("--fingerprint", help="of the key, from the log or the event of the pack")
    parser.add_argument(
        "--head", action="append", default=[], help="SEQUENCE:HASH of an event, from the log"
    )
    return parser.parse_args()


def main() -> int:
    """Verify a pack; return 1 when something is wrong."""
    options = arguments()
    try:
        check = Verification(Pack(options.pack), options)
    except Exception as error:  # noqa: BLE001  # whatever is damaged, say so
        say(f"WRONG: this is not an evidence pack that can be read: {error!r}")
        return 1
    for run in CHECKS_OF_A_REVIEW if check.manifest["access_review"] else CHECKS:
        try:
            run(check)
        except Exception as error:  # noqa: BLE001  # a damaged file must not hide what others show
            check.wrong(f"{run.__name__}: cannot be read: {error!r}")
    for note in check.notes:
        say(note)
    if check.problems > MOST_SHOWN:
        say(f"The first {MOST_SHOWN} problems are shown.")
    say(f"{check.problems} problems were found." if check.problems else "The pack is valid.")
    return 1 if check.problems else 0


if __name__ == "__main__":
    sys.exit(main())
