"""A company with very many projects, to measure the project list."""

from simulator.company import Company
from simulator.seed import example_company

TEAMS = ("ads", "billing", "crm", "data", "edge", "fraud", "games", "hr", "iot", "jobs")
STAGES = ("dev", "test", "staging", "prod")


def large_company(projects: int = 50_000) -> Company:
    """Return the seeded company with this many more projects, named by team, number and stage."""
    company = example_company()
    for index in range(projects):
        team, stage = TEAMS[index % len(TEAMS)], STAGES[index // len(TEAMS) % len(STAGES)]
        company.add_project(
            f"{team}-{index:05d}-{stage}",
            parent="folders/10",
            display_name=f"{team.capitalize()} {index} ({stage})",
        )
    return company
