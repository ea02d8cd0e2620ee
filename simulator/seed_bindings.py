"""The policies of the seeded company."""

from datetime import UTC, datetime

from simulator.company import Company

JIT = "has({}.jitAccessConstraint)"
MPA = "has({}.multiPartyApprovalConstraint)"
ACTIVATION = "JIT access activation"
ALICE, BOB, CAROL = "user:alice@example.com", "user:bob@example.com", "user:carol@example.com"
DAVE, ERIN, PETRA = "user:dave@example.com", "user:erin@example.com", "user:petra@partner.example"
BUCKETS = 'resource.name.startsWith("projects/_/buckets/'
KEYS = 'resource.name.startsWith("projects/shop-prod/locations/global/keyRings/orders")'

ALICES_ROLES = (
    "roles/cloudfunctions.admin",
    "roles/cloudsql.admin",
    "roles/compute.admin",
    "roles/compute.networkAdmin",
    "roles/container.admin",
    "roles/dns.admin",
    "roles/errorreporting.admin",
    "roles/logging.admin",
    "roles/monitoring.admin",
    "roles/pubsub.admin",
    "roles/run.admin",
    "roles/secretmanager.admin",
)


def window(start: float, end: float) -> str:
    """Return the condition of an activation."""
    first, last = (
        datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for moment in (start, end)
    )
    return f'(request.time >= timestamp("{first}") && request.time < timestamp("{last}"))'


def bind_shop(company: Company, now: float) -> None:
    """Bind roles on the project of the demo, which has nearly every case."""
    company.put_policy("shop-prod", {"bindings": [], "auditConfigs": audit_configs()})
    for role in ALICES_ROLES:
        company.bind("shop-prod", role, ALICE, JIT)
    company.bind("shop-prod", "roles/compute.admin", BOB, JIT)
    company.bind("shop-prod", "roles/iam.securityAdmin", [ALICE, BOB, CAROL], MPA)
    company.bind("shop-prod", "roles/cloudkms.admin", [ALICE, BOB], f"{MPA} && {KEYS}")
    company.bind("shop-prod", "roles/compute.instanceAdmin.v1", ALICE, JIT, title="Both")
    company.bind("shop-prod", "roles/compute.instanceAdmin.v1", [ALICE, BOB], MPA, title="Both")
    bind_resource_conditions(company)
    bind_oddities(company)
    bind_permanent(company)
    bind_activations(company, now)


def bind_resource_conditions(company: Company) -> None:
    """Bind roles on parts of the project, with different forms of conditions."""
    role = "roles/storage.objectAdmin"
    company.bind("shop-prod", role, ALICE, f'{JIT} && {BUCKETS}shop-logs")', title="Logs")
    company.bind("shop-prod", role, ALICE, f'{BUCKETS}shop-images") && {JIT}', title="Images")
    quoted = r'resource.name == "projects/_/buckets/it\'s \"quoted\" \\ odd && (even"'
    company.bind("shop-prod", "roles/storage.admin", ALICE, f"{JIT} && {quoted}", title="Quotes")
    commented = f"// Only in Europe (don't widen)\n{JIT} &&\n{BUCKETS}eu-\") // see the wiki"
    company.bind("shop-prod", "roles/bigquery.admin", ALICE, commented, title="Commented")
    either = '(resource.type == "a" || resource.type == "b")'
    company.bind("shop-prod", "roles/spanner.admin", ALICE, f"({JIT}) && {either}", title="Either")


def bind_oddities(company: Company) -> None:
    """Add bindings that look eligible but are not; each causes a warning."""
    odd = {
        "roles/redis.admin": "has({}.jitAccesConstraint)",
        "roles/dataflow.admin": f'{JIT} || resource.name == "x"',
        "roles/dataproc.admin": f"!{JIT}",
        "roles/composer.admin": f"{JIT} && resource.`name` == 'x'",
    }
    for role, expression in odd.items():
        company.bind("shop-staging", role, ALICE, expression, title="Odd")


def bind_permanent(company: Company) -> None:
    """Add other people's bindings, in forms that must stay the same in every write."""
    agent = "serviceAccount:service-200000000001@compute-system.iam.gserviceaccount.com"
    company.bind("shop-prod", "roles/compute.serviceAgent", agent)
    company.bind("shop-prod", "roles/owner", "user:Olga@Example.com")
    company.bind("shop-prod", "roles/viewer", ["group:engineering@example.com", ALICE])
    gone = "deleted:user:zoe@example.com?uid=123456789012345678901"
    company.bind("shop-prod", "roles/cloudtrace.user", [gone, "domain:example.com"])
    company.bind(
        "shop-prod",
        "roles/logging.viewer",
        ALICE,
        'request.time < timestamp("2035-01-01T00:00:00Z")',
        title="Contract ends 2034",
        description="Made by hand",
    )
    foreign = window(1.7e9, 1.7e9 + 3600)
    company.bind("shop-prod", "roles/logging.admin", ALICE, foreign, title="Break glass")


def bind_activations(company: Company, now: float) -> None:
    """Add an activation of Alice that ended long ago and an active one of Bob."""
    done = window(1.7e9, 1.7e9 + 3600)
    why = "Self-approved, justification: case-1"
    role = "roles/logging.admin"
    company.bind("shop-prod", role, ALICE, done, title=ACTIVATION, description=why)
    runs = window(now - 600, now + 3000)
    role = "roles/compute.admin"
    company.bind("shop-prod", role, BOB, runs, title=ACTIVATION, description=why)


def bind_finance(company: Company) -> None:
    """Bind roles that need approval: with peers, through a group, and without a reviewer."""
    company.bind("billing-prod", "roles/cloudsql.admin", ALICE, MPA)
    company.bind(
        "billing-prod", "roles/cloudsql.admin", "group:payments-approvers@example.com", MPA
    )
    company.bind("billing-prod", "roles/resourcemanager.projectIamAdmin", DAVE, MPA)
    company.bind("billing-prod", "roles/bigquery.dataViewer", [DAVE, ALICE], JIT)
    company.bind("payroll", "roles/cloudsql.viewer", ERIN, JIT)
    company.bind("folders/20", "roles/resourcemanager.folderAdmin", ERIN, JIT)


def bind_elsewhere(company: Company) -> None:
    """Bind inherited roles, roles of nested groups and external people, and an old project ID."""
    company.bind("organizations/7", "roles/iam.securityReviewer", "user:grace@example.com", JIT)
    company.bind(
        "organizations/7", "roles/resourcemanager.organizationAdmin", "user:olga@example.com"
    )
    company.bind("organizations/7", "roles/browser", "domain:example.com")
    company.bind(
        "folders/10", "roles/cloudsupport.techSupportEditor", "group:engineering@example.com", JIT
    )
    company.bind("folders/11", "roles/compute.osAdminLogin", "group:platform@example.com", JIT)
    company.bind("shop-staging", "roles/editor", "group:platform-oncall@example.com")
    company.bind("shop-staging", "roles/container.admin", "group:platform-oncall@example.com", JIT)
    company.bind("shop-staging", "roles/iam.securityAdmin", [ALICE, CAROL], MPA)
    company.bind("data-lake", "roles/bigquery.dataEditor", "group:data-guild@example.com", JIT)
    company.bind(
        "data-lake", "roles/bigquery.jobUser", [PETRA, "group:analysts@partner.example"], JIT
    )
    company.bind(
        "example.com:legacy-crm", "roles/cloudsql.admin", [ALICE, "user:frank@example.com"], JIT
    )


def audit_configs() -> list[dict[str, object]]:
    """Return audit settings, which are part of the same policy."""
    log = {"logType": "DATA_READ", "exemptedMembers": ["user:audrey@example.com"]}
    return [{"service": "storage.googleapis.com", "auditLogConfigs": [log]}]
