"""gcloud commands for people to copy, safe in a POSIX shell whatever a policy holds."""

from __future__ import annotations

import shlex

# The words before the verb, for each kind of resource that has a policy.
POLICY_GROUPS = {
    "projects": ("projects",),
    "folders": ("resource-manager", "folders"),
    "organizations": ("organizations",),
}


def gcloud(*words: str) -> str:
    """Return a command; '' when a word holds characters that a terminal would act on or hide."""
    if not all(word.isprintable() for word in words):
        return ""
    return shlex.join(("gcloud", *words))
