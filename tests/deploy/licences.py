"""Reads the licences of the packages that a release contains; writes their list in NOTICE.

After a package was added or removed: python -m tests.deploy.licences
"""

from __future__ import annotations

import re
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata

from tests.architecture.repository import ROOT
from tests.deploy.image import locked

NOTICE = ROOT / "NOTICE"
START, END = "Python packages, with their licences (SPDX):\n\n", "\n\n"
# How packages spell licences, beside SPDX.
SPELLINGS = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD 3-Clause OR Apache-2.0": "BSD-3-Clause OR Apache-2.0",
    "MIT License": "MIT",
}
# Packages whose metadata do not say which one; read in their licence files.
READ = {
    "cel-python": "Apache-2.0",
    "google-re2": "BSD-3-Clause",
    "pyasn1-modules": "BSD-2-Clause",
    "sqlparse": "BSD-3-Clause",
}
# Licences that somebody has read and found compatible with Apache-2.0 and with how we ship the packages.
ACCEPTED = frozenset(
    {
        *("Apache-2.0", "Apache-2.0 OR BSD-2-Clause", "Apache-2.0 OR BSD-3-Clause"),
        *("BSD-2-Clause", "BSD-3-Clause", "BSD-3-Clause OR Apache-2.0"),
        *("MIT", "MIT-0", "PSF-2.0"),
        "MPL-2.0",  # certifi, unmodified
        "LGPL-3.0-only",  # psycopg, unmodified, and replaceable because it is a package of its own
    }
)


def licence(name: str) -> str:
    """Return the licence of an installed package.

    :raises PackageNotFoundError: when it is not installed, as a package of another platform.
    """
    found = metadata(name)
    said = [*_all(found, "License-Expression"), *_all(found, "License"), _classified(found)][0]
    return READ.get(name) or SPELLINGS.get(said, said)


def _all(found: PackageMetadata, header: str) -> list[str]:
    return found.get_all(header) or []


def _classified(found: PackageMetadata) -> str:
    names = [c for c in _all(found, "Classifier") if c.startswith("License ::")]
    return re.sub(r".*:: ", "", names[0]) if names else ""


def licences() -> dict[str, str]:
    """Return the licences of all packages in requirements.txt that are installed here."""
    found = {}
    for name in locked():
        try:
            found[name] = licence(name)
        except PackageNotFoundError:
            continue
    return found


def listed() -> dict[str, str]:
    """Return what NOTICE says."""
    lines = NOTICE.read_text().split(START)[1].split(END)[0].splitlines()
    return dict(re.split(r"\s{2,}", line.strip(), maxsplit=1) for line in lines)


def main() -> None:
    """Replace the list in NOTICE."""
    before, rest = NOTICE.read_text().split(START)
    rows = "\n".join(f"  {name:<40}  {text}" for name, text in sorted(licences().items()))
    NOTICE.write_text(before + START + rows + END + rest.split(END, 1)[1])


if __name__ == "__main__":
    main()
