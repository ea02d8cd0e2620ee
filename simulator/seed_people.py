"""The people of the seeded company, and their groups."""

from simulator.company import Company

PEOPLE = (
    ("alice", "On call for the shop: many roles to activate herself, some that need approval"),
    ("bob", "Alice's peer: approves her requests, has one role active right now"),
    ("carol", "Alice's other peer: approves her requests"),
    ("charlie", "New here: no eligible roles at all"),
    ("dave", "Runs billing; one of his roles needs approval, but nobody else holds it"),
    ("erin", "Payroll: one of her roles cannot be granted on a project"),
    ("frank", "Data engineer: his roles come through groups that contain each other"),
    ("grace", "Security: one role on everything, inherited from the organization"),
    ("olga", "Administrator: sees everything in the admin"),
    ("oscar", "Administrator: activates the access policies that Olga proposes"),
    ("audrey", "Auditor: reads and exports the history"),
    ("maria", "Manager: reviews requests without holding the roles herself"),
)
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("engineering@example.com", ("platform@example.com", "data-guild@example.com")),
    ("platform@example.com", ("platform-oncall@example.com", "dave@example.com")),
    (
        "platform-oncall@example.com",
        ("alice@example.com", "bob@example.com", "gus@example.com"),
    ),
    ("data-guild@example.com", ("data-friends@example.com", "petra@partner.example")),
    ("data-friends@example.com", ("data-guild@example.com", "frank@example.com")),
    ("payments-approvers@example.com", ("bob@example.com", "carol@example.com")),
    ("all-staff@example.com", ("CUSTOMER",)),
    ("jit-admins@example.com", ("olga@example.com", "oscar@example.com")),
    ("jit-auditors@example.com", ("audrey@example.com",)),
    ("jit-reviewers@example.com", ("maria@example.com",)),
)


def add_people(company: Company) -> None:
    """Add thirteen people who can sign in, one who is suspended, and the groups."""
    for name, about in PEOPLE:
        company.add_user(f"{name}@example.com", about)
    company.add_user(
        "petra@partner.example", "External consultant: one role on the data lake", external=True
    )
    company.add_user("gus@example.com", "Left the company", suspended=True)
    for email, members in GROUPS:
        company.add_group(email, members)
    company.add_group("analysts@partner.example", ["petra@partner.example"], external=True)
