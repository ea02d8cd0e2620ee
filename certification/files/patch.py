"""What must be removed in IAM after a campaign: commands for gcloud, and a list for Terraform.

JIT Access removes no eligible binding itself: administrators check and apply the patch.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from certification.models import Campaign, CampaignItem, Decision
from eligibility.facts import Binding, attached_to
from eligibility.lint.commands import as_in_iam, remove

_RESOURCES = {
    "projects": ("google_project_iam_member", "project"),
    "folders": ("google_folder_iam_member", "folder"),
    "organizations": ("google_organization_iam_member", "org_id"),
}


def to_remove(campaign: Campaign) -> Iterator[CampaignItem]:
    """Yield the items with the decision to remove, in constant memory."""
    rows = CampaignItem.objects.filter(campaign=campaign, decision=Decision.REMOVE)
    yield from rows.order_by("number").iterator(chunk_size=1000)


def gcloud_lines(campaign: Campaign, items: Iterable[CampaignItem]) -> Iterator[str]:
    """Yield a shell script that removes each member from its eligible binding.

    Each command stands alone: one that fails, because the binding has changed, does not stop the others.
    """
    yield "#!/bin/sh\n"
    yield f"# Access review {campaign.pk}: eligible bindings to remove. Check them before you run this.\n"
    for item in items:
        yield f"\n# Item {item.number}\n"
        command = remove(_binding(item), [item.member])
        yield f"{command}\n" if command else "# No safe command: remove this one by hand.\n"


def terraform_lines(items: Iterable[CampaignItem]) -> Iterator[str]:
    """Yield a JSON array: one IAM member resource of Terraform's Google provider for each item."""
    separator = "[\n"
    for item in items:
        yield separator + json.dumps(_resource(item), ensure_ascii=False)
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


def _binding(item: CampaignItem) -> Binding:
    return Binding(
        role=item.role,
        members=(item.member,),
        title=item.title,
        expression=item.expression,
        attached_resource=attached_to(item.node),
        description=item.description,
    )


def _resource(item: CampaignItem) -> dict[str, object]:
    kind, _, name = item.node.partition("/")
    resource, argument = _RESOURCES.get(kind, ("", "resource"))
    condition = {
        "title": item.title,
        "description": item.description,
        "expression": item.expression,
    }
    return {
        "item": item.number,
        "resource": resource,
        argument: item.node if kind == "folders" else name,
        "role": item.role,
        "member": as_in_iam(item.member),
        "condition": condition,
        "comment": item.comment,
    }
