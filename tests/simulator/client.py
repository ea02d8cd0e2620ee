"""A client for the simulated APIs, with a token of the application's service account."""

from typing import Any
from urllib.parse import urlencode

import urllib3
from urllib3.response import BaseHTTPResponse

from simulator import Simulator

GROUPS_READ = "https://www.googleapis.com/auth/admin.directory.group.readonly"


class Google:
    """Sends plain HTTP to one simulator."""

    def __init__(self, sim: Simulator) -> None:
        self.sim = sim
        self.http = urllib3.PoolManager(retries=False, maxsize=20, timeout=10)
        self.headers = {"Authorization": f"Bearer {sim.token()}"}
        self.directory_headers = {"Authorization": f"Bearer {sim.token(GROUPS_READ)}"}

    def raw(self, method: str, path: str, **options: Any) -> BaseHTTPResponse:
        """Send any request."""
        return self.http.request(method, self.sim.url + path, **options)

    def get(self, path: str, **params: Any) -> tuple[int, Any]:
        """Send a GET; return status and JSON."""
        query = f"?{urlencode(params, doseq=True)}" if params else ""
        answer = self.raw("GET", path + query, headers=self.headers)
        return answer.status, answer.json()

    def post(self, path: str, body: Any) -> tuple[int, Any]:
        """Send a POST; return status and JSON."""
        answer = self.raw("POST", path, json=body, headers=self.headers)
        return answer.status, answer.json()

    def directory(self, path: str, **params: Any) -> tuple[int, Any]:
        """Call the Directory API; return status and JSON."""
        address = f"/admin/directory/v1/{path}?{urlencode(params)}"
        answer = self.raw("GET", address, headers=self.directory_headers)
        return answer.status, answer.json()

    def policy(self, name: str = "projects/shop-prod", version: int = 3) -> dict[str, Any]:
        """Return a policy from the API."""
        body = {"options": {"requestedPolicyVersion": version}}
        status, policy = self.post(f"/v3/{name}:getIamPolicy", body)
        assert status == 200, policy
        return dict(policy)

    def write(
        self, policy: dict[str, Any], name: str = "projects/shop-prod", **more: Any
    ) -> tuple[int, Any]:
        """setIamPolicy."""
        return self.post(f"/v3/{name}:setIamPolicy", {"policy": policy, **more})

    def add(self, binding: dict[str, Any], name: str = "projects/shop-prod") -> tuple[int, Any]:
        """Read a policy, append one binding, and write it."""
        policy = self.policy(name)
        return self.write(policy | {"version": 3, "bindings": [*policy["bindings"], binding]}, name)

    def effective(self, project: str, scope: str = "organizations/7") -> tuple[int, Any]:
        """effectiveIamPolicies.batchGet of one project."""
        name = f"//cloudresourcemanager.googleapis.com/projects/{project}"
        return self.get(f"/v1/{scope}/effectiveIamPolicies:batchGet", names=name)


def message(answer: tuple[int, Any]) -> str:
    """Return the text of an error."""
    return str(answer[1]["error"]["message"])
