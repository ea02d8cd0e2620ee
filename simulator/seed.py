"""The seeded company: every case of the product in one small organisation."""

from simulator.company import Company

JIT = "has({}.jitAccessConstraint)"
MPA = "has({}.multiPartyApprovalConstraint)"


def example_company() -> Company:
    """Example, with its twelve people and six projects."""
    company = Company()
    for name in [
        "alice",
        "bob",
        "carol",
        "charlie",
        "dave",
        "erin",
        "frank",
        "grace",
        "olga",
        "audrey",
        "maria",
    ]:
        company.add_user(f"{name}@example.com")
    company.add_group("eng@example.com", ["alice@example.com", "bob@example.com"])
    company.add_group("jit-admins@example.com", ["olga@example.com"])
    company.add_group("jit-auditors@example.com", ["audrey@example.com"])
    company.add_folder("10", parent="organizations/7", display_name="engineering")
    company.add_project("project-1", parent="folders/10")
    company.bind("project-1", "roles/compute.admin", "user:alice@example.com", JIT)
    company.bind("project-1", "roles/browser", "group:eng@example.com", JIT)
    company.bind(
        "folders/10",
        "roles/storage.admin",
        ["user:bob@example.com", "user:carol@example.com", "user:alice@example.com"],
        MPA,
    )
    return company
