"""All reports, in the order of the page."""

from __future__ import annotations

from activations.reports.activity import by_day, most
from activations.reports.decisions import results, time_to_decision
from activations.reports.exceptions import break_glass, extensions
from activations.reports.findings import Heading, Report
from activations.reports.holding import holders, timeline
from activations.reports.unused import unused

_ALL = (
    Report(
        "activations",
        "Activations by day and outcome",
        "How many roles were activated on each day, and how that ended.",
        by_day,
    ),
    Report(
        "time-to-decision",
        "Time to decision",
        "How long people wait from their request until a reviewer approves or declines it.",
        time_to_decision,
    ),
    Report(
        "declined-and-expired",
        "Declined and expired requests",
        "What became of the requests that needed approval.",
        results,
    ),
    Report(
        "top-roles",
        "Most activated roles",
        "Which roles are activated most.",
        most("role", Heading("role", "Role")),
    ),
    Report(
        "top-projects",
        "Projects with the most activations",
        "On which projects roles are activated most.",
        most("project_id", Heading("project", "Project")),
    ),
    Report(
        "top-people",
        "People with the most activations",
        "Who activates most.",
        most("beneficiary_email", Heading("person", "Person")),
    ),
    Report(
        "extensions",
        "Extensions",
        "Who extends access, on which project, and how often.",
        extensions,
    ),
    Report(
        "break-glass",
        "Break glass",
        "Each use of break glass, and whether it was reviewed afterwards.",
        break_glass,
    ),
    Report(
        "never-used",
        "Unused eligibility",
        "Eligible members that did not use their role in the last 90 days.",
        unused,
        needs="",
    ),
    Report(
        "holders",
        "Who holds what",
        "Who holds which role now, or held it at a moment in the past.",
        holders,
        needs="moment",
    ),
    Report(
        "timeline",
        "Timeline of accesses",
        "When each person held a role, from the start to the actual end; extensions are merged.",
        timeline,
    ),
)
REPORTS = {report.name: report for report in _ALL}
