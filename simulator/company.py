"""The state of the simulated cloud: people, groups, resources and policies."""

import copy
import itertools
import threading
from collections import Counter
from collections.abc import Iterable
from typing import Any

from simulator.people import Group, User
from simulator.resources import Policy, Resource, new_etag
from simulator.secret_store import SecretStore
from simulator.topics import Topics

HOST_PROJECT = "jit-access-host"
HOST_NUMBER = "100000000001"
SERVICE_ACCOUNT = f"jitaccess@{HOST_PROJECT}.iam.gserviceaccount.com"


class Company:
    """The state that the simulated APIs read and change; every method is atomic."""

    def __init__(
        self,
        *,
        domain: str = "example.com",
        organization: str = "organizations/7",
        customer_id: str = "C0example1",
    ) -> None:
        self.lock = threading.RLock()
        self.domain = domain
        self.organization = organization
        self.customer_id = customer_id
        self.users: dict[str, User] = {}
        self._made: Counter[str] = Counter()
        self.groups: dict[str, Group] = {}
        self.resources: dict[str, Resource] = {}
        self.numbers: dict[str, str] = {}
        self.topics = Topics()
        self.secrets = SecretStore()
        self.domains = {domain}
        self.unsupported_roles: set[str] = set()
        self.role_titles: dict[str, str] = {}
        self.members_must_be_ours = False
        self.revision = 0
        self._next_number = itertools.count(300000000001)
        self._add(Resource(organization, organization.partition("/")[2], domain))
        self.add_project(HOST_PROJECT, number=HOST_NUMBER, display_name="JIT Access")

    # People

    def add_user(
        self, email: str, about: str = "", *, external: bool = False, suspended: bool = False
    ) -> User:
        """Add a person or change one; an address that was removed or renamed gets a new account."""
        with self.lock:
            key = email.lower()
            user = User(email, about, external=external, suspended=suspended)
            if present := self.users.get(key):
                user.first_email, user.aliases = present.first_email, present.aliases
            else:
                self._made[key] += 1
                user.first_email = email if self._made[key] == 1 else f"{email}#{self._made[key]}"
            for other in self.users.values():
                other.aliases = [alias for alias in other.aliases if alias.lower() != key]
            self.users[key] = user
            return user

    def add_alias(self, email: str, alias: str) -> None:
        """Add an alias to an account."""
        with self.lock:
            self.users[email.lower()].aliases.append(alias)

    def account(self, address: str) -> User | None:
        """Return the account with this address or alias."""
        with self.lock:
            key = address.lower()
            primary = self.users.get(key)
            return primary or next(
                (user for user in self.users.values() if key in map(str.lower, user.aliases)), None
            )

    def rename_user(self, email: str, new_email: str, *, keeps_alias: bool = True) -> User:
        """Change an account's primary address; IAM and groups show the new one immediately."""
        with self.lock:
            user = self.users.pop(email.lower())
            user.first_email, user.email = user.first_email or user.email, new_email
            user.aliases = [*user.aliases, email] if keeps_alias else user.aliases
            self.users[new_email.lower()] = user
            for group in self.groups.values():
                group.members = [
                    new_email if member.lower() == email.lower() else member
                    for member in group.members
                ]
            for resource in self.resources.values():
                resource.attach(
                    renamed_policy(resource.policy, f"user:{email}", f"user:{new_email}"),
                    settled=True,
                )
            return user

    def remove_user(self, email: str) -> None:
        """Delete an account and its group memberships."""
        with self.lock:
            del self.users[email.lower()]
            for group in self.groups.values():
                group.members = [member for member in group.members if member != email]

    def add_group(
        self, email: str, members: Iterable[str] = (), *, external: bool = False
    ) -> Group:
        """Add a group; an external one belongs to another customer."""
        with self.lock:
            group = Group(email, list(members), external=external)
            self.groups[email.lower()] = group
            return group

    def remove_group(self, email: str) -> None:
        """Delete a group."""
        with self.lock:
            del self.groups[email.lower()]

    def join(self, group: str, member: str) -> None:
        """Make a person or group a direct member."""
        with self.lock:
            members = self.groups[group.lower()].members
            if member not in members:
                members.append(member)

    def leave(self, group: str, member: str) -> None:
        """End a direct membership."""
        with self.lock:
            self.groups[group.lower()].members.remove(member)

    # Resources

    def add_folder(self, number: str, *, parent: str, display_name: str = "") -> Resource:
        """Add `folders/<number>` below another folder or the organization."""
        return self._add(
            Resource(f"folders/{number}", number, display_name or f"Folder {number}", parent)
        )

    def add_project(
        self,
        project_id: str,
        *,
        parent: str = "",
        display_name: str = "",
        number: str = "",
        state: str = "ACTIVE",
        visible: bool = True,
        labels: dict[str, str] | None = None,
    ) -> Resource:
        """Add a project; the application's service account cannot see an invisible one."""
        return self._add(
            Resource(
                f"projects/{project_id}",
                number or str(next(self._next_number)),
                display_name or project_id,
                parent or self.organization,
                state=state,
                visible=visible,
                labels=labels or {},
            )
        )

    def remove_project(self, project_id: str) -> None:
        """Delete a project permanently."""
        with self.lock:
            resource = self.resources.pop(f"projects/{project_id}")
            del self.numbers[f"projects/{resource.number}"]
            self.revision += 1

    def resource(self, name: str) -> Resource:
        """Return the resource named `p`, `projects/p`, `projects/NUM`, `folders/1` or `organizations/7`.

        :raises KeyError: when there is none.
        """
        with self.lock:
            name = name if "/" in name else f"projects/{name}"
            return self.resources[self.numbers.get(name, name)]

    def find(self, name: str) -> Resource | None:
        """Return the resource, or None."""
        try:
            return self.resource(name)
        except KeyError:
            return None

    def ancestry(self, resource: Resource) -> list[Resource]:
        """Return the resource and its ancestors, from the bottom up."""
        with self.lock:
            chain = [resource]
            while chain[-1].parent:
                chain.append(self.resources[chain[-1].parent])
            return chain

    # Policies

    def policy(self, name: str) -> Policy:
        """Return a copy of the stored policy, including conditions."""
        with self.lock:
            return copy.deepcopy(self.resource(name).policy)

    def put_policy(self, name: str, policy: Policy, *, settled: bool = True) -> Policy:
        """Replace a policy without checks; an unsettled one reaches Cloud Asset after the lag."""
        with self.lock:
            stored = copy.deepcopy(policy) | {"etag": new_etag()}
            stored.setdefault("bindings", [])
            self.resource(name).attach(stored, settled=settled)
            return copy.deepcopy(stored)

    def bind(
        self,
        name: str,
        role: str,
        members: str | Iterable[str],
        condition_expression: str | None = None,
        *,
        title: str = "Eligible",
        description: str = "",
    ) -> None:
        """Append a binding, with a condition if an expression is given."""
        listed = [members] if isinstance(members, str) else list(members)
        binding: dict[str, Any] = {"role": role, "members": listed}
        if condition_expression is not None:
            binding["condition"] = {"title": title, "expression": condition_expression}
            if description:
                binding["condition"]["description"] = description
        with self.lock:
            resource = self.resource(name)
            bindings = [*resource.policy["bindings"], binding]
            resource.attach(
                resource.policy | {"bindings": bindings, "etag": new_etag()}, settled=True
            )

    def _add(self, resource: Resource) -> Resource:
        with self.lock:
            self.resources[resource.name] = resource
            self.numbers[f"{resource.kind}/{resource.number}"] = resource.name
            self.revision += 1
            return resource


def renamed_policy(policy: Policy, old: str, new: str) -> Policy:
    """Return the policy as IAM shows it after an account was renamed."""
    renamed = copy.deepcopy(policy)
    for binding in renamed.get("bindings") or []:
        binding["members"] = [
            new if member.lower() == old.lower() else member for member in binding["members"]
        ]
    return renamed
