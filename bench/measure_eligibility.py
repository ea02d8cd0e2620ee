"""Time the pages and the export of eligibility: python bench/measure_eligibility.py.

Uses DATABASE_URL, seeded by bench/seed_history.py and bench/seed_eligibility.py.
"""

from __future__ import annotations

from measure_history import main

LIST = "/admin/activations/eligiblemember/"
PAGES = (
    "/admin/",
    LIST,
    f"{LIST}?p=200",
    f"{LIST}?person=person7@example.com",
    f"{LIST}?person=nobody@example.com",
    f"{LIST}?group=group7@example.com",
    f"{LIST}?role=storage",
    f"{LIST}?role=nothing",
    f"{LIST}?project=project-7",
    f"{LIST}?project=project-7*",
    f"{LIST}?folder=7",
    f"{LIST}?folder=organizations/7",
    f"{LIST}?type=MPA",
    f"{LIST}?use=unused",
    f"{LIST}?use=used",
    f"{LIST}?use=unused&folder=7",
    f"{LIST}?q=nowhere",
    f"{LIST}group/?email=group15@example.com",
    "/admin/eligibility-index/",
    f"{LIST}export/",
)

if __name__ == "__main__":
    main(PAGES, ("eligiblemember",))
