"""The seeded company: a small organization with an example of every case."""

import time

from simulator.company import HOST_PROJECT, Company
from simulator.seed_bindings import bind_elsewhere, bind_finance, bind_shop
from simulator.seed_people import add_people

FOLDERS = (
    ("10", "organizations/7", "Engineering"),
    ("11", "folders/10", "Platform"),
    ("12", "folders/11", "Shop"),
    ("20", "organizations/7", "Finance"),
)
PROJECTS: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    ("shop-prod", "folders/12", "Shop (production)", {"env": "prod"}),
    ("shop-staging", "folders/12", "Shop (staging)", {"env": "staging"}),
    ("data-lake", "folders/10", "Data lake", {}),
    ("billing-prod", "folders/20", "Billing", {"env": "prod"}),
    ("payroll", "folders/20", "Payroll", {}),
    ("example.com:legacy-crm", "organizations/7", "Legacy CRM", {}),
)


def example_company(now: float | None = None) -> Company:
    """Return the company example.com with thirteen people and six projects."""
    company = Company()
    add_people(company)
    for number, parent, display_name in FOLDERS:
        company.add_folder(number, parent=parent, display_name=display_name)
    for index, (project_id, parent, display_name, labels) in enumerate(PROJECTS, start=1):
        company.add_project(
            project_id,
            parent=parent,
            display_name=display_name,
            number=f"20000000000{index}",
            labels=labels,
        )
    company.add_project(
        "retired-blog", parent="folders/10", display_name="Old blog", state="DELETE_REQUESTED"
    )
    company.topics.add(f"projects/{HOST_PROJECT}/topics/jit-access")
    company.secrets.put(f"projects/{HOST_PROJECT}/secrets/secret-key", b"only for the demo " * 3)
    company.secrets.put(f"projects/{HOST_PROJECT}/secrets/smtp-password", b"correct horse")
    bind_shop(company, time.time() if now is None else now)
    bind_finance(company)
    bind_elsewhere(company)
    return company
