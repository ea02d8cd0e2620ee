"""The limits and rules of an allow policy."""

from simulator.company import Company
from simulator.resources import Policy, Resource


def check_policy(company: Company, policy: Policy, resource: Resource) -> None:
    """Refuse what Google refuses.

    :raises ApiError: 400 in Google's words.
    """
