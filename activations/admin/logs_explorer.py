"""Addresses of Logs Explorer in the Google Cloud console."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from django.utils.html import format_html
from django.utils.safestring import SafeString

from activations.domain.chain import timestamp
from activations.domain.pseudonyms import is_pseudonym
from activations.domain.states import NEVER_ACTIVE, GrantState
from activations.exports.access_ends import actual_end
from activations.models import AuditEntry, Grant

LOGS = "https://console.cloud.google.com/logs/query"
# States in which access has begun, or may have.
BEGUN = {*GrantState} - set(NEVER_ACTIVE)


def entry_address(entry: AuditEntry) -> str:
    """Return the address of an entry."""
    lines = [
        f'logName="{entry.log_name}"',
        f'insertId="{entry.insert_id}"',
        f'timestamp="{timestamp(entry.at)}"',
    ]
    return _address(lines, entry.project_id)


def use_link(grant: Grant, now: datetime) -> SafeString | str:
    """Return a link to what the person did on the project while the grant lasted; '' when it gave no access.

    The times are part of the query, so the page shows the same whatever period it is set to.
    """
    if grant.state not in BEGUN or is_pseudonym(grant.beneficiary_email):
        return ""
    names = dict.fromkeys(filter(None, [grant.beneficiary_email, grant.renamed_to]))
    people = " OR ".join(f'"{_quoted(name)}"' for name in names)
    lines = [
        'logName:"cloudaudit.googleapis.com"',
        f"protoPayload.authenticationInfo.principalEmail=({people})",
        f'timestamp>="{timestamp(grant.start_time)}"',
    ]
    if end := actual_end(grant, now):
        lines.append(f'timestamp<="{timestamp(end)}"')
    address = _address(lines, grant.project_id)
    text = "Audit logs of this project, in Logs Explorer"
    return format_html('<a href="{}" rel="noreferrer">{}</a>', address, text)


def _address(lines: list[str], project_id: str) -> str:
    query = quote("\n".join(lines), safe="")
    project = f"?project={quote(project_id)}" if project_id else ""
    return f"{LOGS};query={query}{project}"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
