"""Time the reports: python bench/reports.py ROWS.

Uses DATABASE_URL, a PostgreSQL database after `manage.py migrate`. Fills it, if it is empty, with ROWS requests
with a grant each over the last two years: a fifth with approval, a tenth extensions, some with break glass.
The rows have no events. Then requests each report three times through the whole stack, as an auditor.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from django.conf import settings  # noqa: E402  # Django first
from django.db import connection, models, transaction  # noqa: E402  # Django first
from django.test import Client  # noqa: E402  # Django first
from django.utils import timezone  # noqa: E402  # Django first
from measure_history import get  # noqa: E402  # Django first

from activations.models import Grant, Request, User  # noqa: E402  # Django first
from activations.reports.catalogue import REPORTS  # noqa: E402  # Django first
from jitaccess.start import limit_statements  # noqa: E402  # Django first
from simulator import Simulator  # noqa: E402  # Django first

FILTERS = ("", "?period=last-month", "?period=last-year", "?period=last-year&project=project-7")
PEOPLE = 3000
# What varies, as SQL over `n`, the number of the row, and `at`, when it was requested.
IDS = "md5('{kind}' || n)::uuid"
ROWS = "generate_series(1, %(rows)s) n, LATERAL (SELECT now() - n * (interval '730 days' / %(rows)s) AS at) t"
PERSON = f"'person' || n * 719 % {PEOPLE} || '@example.com'"
PROJECT, ROLE = "'project-' || n * 31 % 1000", "'roles/service' || n % 40 || '.admin'"
REQUEST = {
    "id": IDS.format(kind="request"),
    "state": "CASE WHEN n % 5 > 0 THEN 'approved' WHEN n % 35 = 0 THEN 'declined'"
    " WHEN n % 55 = 0 THEN 'expired' ELSE 'approved' END",
    "activation_type": "CASE WHEN n % 5 = 0 THEN 'MPA' ELSE 'JIT' END",
    "beneficiary_id": f"(SELECT min(id) FROM activations_user) + n * 719 % {PEOPLE}",
    "beneficiary_email": PERSON,
    "project_id": PROJECT,
    "role": f"CASE WHEN n % 5 = 0 THEN {ROLE} ELSE '' END",
    "role_key": "CASE WHEN n % 5 = 0 THEN md5('role' || n) ELSE '' END",
    "requested_at": "at",
    "decided_at": "at + (n % 977) * interval '11 seconds'",
    "break_glass": "n % 1005 = 1",
}
GRANT = {
    "id": IDS.format(kind="grant"),
    "request_id": IDS.format(kind="request"),
    "state": "CASE WHEN n % 97 = 0 THEN 'failed' WHEN at > now() - interval '1 hour' THEN 'active'"
    " ELSE 'ended' END",
    "failure": "CASE WHEN n % 97 = 0 THEN 'Permission denied' ELSE '' END",
    "end_reason": "CASE WHEN n % 97 = 0 OR at > now() - interval '1 hour' THEN ''"
    " WHEN n % 10 = 3 THEN 'extended' WHEN n % 11 = 0 THEN 'revoked' ELSE 'expired' END",
    "project_id": PROJECT,
    "role": ROLE,
    "role_key": f"md5(({ROLE}) || ({PROJECT}))",
    "beneficiary_email": PERSON,
    "start_time": "at",
    "end_time": "at + interval '1 hour'",
    "ended_at": "CASE WHEN at > now() - interval '1 hour' THEN NULL ELSE at + interval '1 hour' END",
}


def main(rows: int) -> None:
    if not Grant.objects.exists():
        fill(rows)
        connection.close()
    limit_statements()
    with Simulator() as sim:
        settings.GOOGLE_API_ENDPOINT = sim.url
        settings.IAP_KEYS_URL = f"{sim.url}/iap/verify/public_key"
        os.environ["GCE_METADATA_HOST"] = os.environ["GCE_METADATA_IP"] = sim.metadata_host
        measure(sim)


def measure(sim: Simulator) -> None:
    client = Client()
    print(f"{connection.vendor}, {Grant.objects.count()} grants\n")
    print(f"| report | {' | '.join(each or 'last 30 days' for each in FILTERS)} |")
    print("| --- " * (len(FILTERS) + 1) + "|")
    for name in REPORTS:
        took = []
        for filters in FILTERS:
            token = sim.assertion("audrey@example.com", audience=sim.audience)
            headers: dict[str, Any] = {"HTTP_X_GOOG_IAP_JWT_ASSERTION": token}
            address = f"/admin/reports/{name}/{filters}"
            took.append(min(get(client, address, headers) for _ in range(3)))
        cells = " | ".join(f"{seconds * 1000:.0f} ms, {queries}" for seconds, queries in took)
        print(f"| {name} | {cells} |", flush=True)


def fill(rows: int) -> None:
    with transaction.atomic():
        insert_all(rows)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def insert_all(rows: int) -> None:
    now = timezone.now()
    User.objects.bulk_create(
        User(
            subject=f"accounts.google.com:{number}",
            email=f"person{number}@example.com",
            first_seen=now,
            last_seen=now,
        )
        for number in range(PEOPLE)
    )
    request = Request(minutes=60, justification="bug 42", channel="web", fingerprint="0" * 64)
    insert(request, REQUEST, "n % 10 <> 3", rows)
    insert(Grant(), GRANT, "n % 10 <> 3", rows)
    # An extension needs the grant that it extends: that of the row before.
    insert(
        request,
        REQUEST | {"extends_id": IDS.format(kind="grant").replace("n)", "n + 1)")},
        "n % 10 = 3",
        rows,
    )
    insert(Grant(), GRANT, "n % 10 = 3", rows)


def insert(typical: models.Model, varying: dict[str, str], which: str, rows: int) -> None:
    """Insert rows that differ from a typical one in some columns."""
    fields = typical._meta.concrete_fields  # noqa: SLF001  # Django documents it
    fixed = {
        field.column: field.get_db_prep_save(getattr(typical, field.attname), connection)
        for field in fields
        if field.column not in varying
    }
    columns = ", ".join(f'"{name}"' for name in [*varying, *fixed])
    values = ", ".join([*varying.values(), *(f"%({name})s" for name in fixed)])
    table = typical._meta.db_table  # noqa: SLF001  # Django documents it
    text = f"INSERT INTO {table} ({columns}) SELECT {values} FROM {ROWS} WHERE {which}"
    text = text.replace(" % ", " %% ")
    with connection.cursor() as cursor:
        cursor.execute(text, fixed | {"rows": rows})


if __name__ == "__main__":
    main(int(sys.argv[1]))
