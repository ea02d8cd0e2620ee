"""Cloud Asset: analyses of who is bound on a project, by its own policy or an inherited one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from googlecloud.calls import Calls, Json
from googlecloud.errors import DailyQuotaExceeded, Denied, Invalid, NotFound, QuotaExceeded
from googlecloud.names import email_address, full_project_name, scope_name

_QUOTA = (
    "Google's quota for AnalyzeIamPolicy is used up. It is 20 analyses a day for an organization"
    " without Security Command Center Premium or Enterprise, including those in the console, and"
    " otherwise 100 a minute and 1,000 a day. Ask for a higher quota, or set"
    " RESOURCE_CATALOG=AssetInventory, which does not need it"
)
_LEAST_SECONDS = 1


@dataclass(frozen=True, slots=True)
class AnalyzedBinding:
    """A binding in Google's JSON with all its members, and what it acts on.

    `resources` are full names; they are empty when Google does not tell.
    """

    attached_resource: str
    binding: Json
    resources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Analysis:
    """The bindings that Google found.

    `causes` are Google's reasons for what it could not analyze. An analysis that is not complete
    may lack bindings.
    """

    bindings: tuple[AnalyzedBinding, ...]
    causes: tuple[str, ...]
    is_complete: bool

    @classmethod
    def read(cls, answer: Json) -> "Analysis":
        """Parse Google's answer. Missing lists are empty; a missing `fullyExplored` means false."""
        main = answer.get("mainAnalysis") or {}
        results = main.get("analysisResults") or []
        causes = tuple(dict.fromkeys(_causes(main)))
        return cls(
            bindings=tuple(map(_binding, results)),
            causes=causes,
            is_complete=not causes and _is_fully_explored(answer, main, results),
        )


class PolicyAnalyzer:
    """Client for Cloud Asset's policy analyzer. Its answers lag a few minutes behind IAM.

    Each call is sent once: a second try would count against the daily quota. No time of access is
    sent, because Google leaves out bindings whose condition is false at that time. Google stops an
    analysis that takes longer than `seconds` and answers with what it has by then.
    """

    def __init__(self, calls: Calls, service: Any, *, seconds: float) -> None:
        self._calls = calls
        self._service = service
        self._timeout = f"{max(_LEAST_SECONDS, int(seconds))}s"

    def bindings_of(self, *, scope: str, project_id: str, user: str) -> Analysis:
        """Return the bindings on a project that include a person, directly or through groups.

        :raises NotFound: for an unknown project, and one that is not within the scope.
        :raises DailyQuotaExceeded: when the quota is used up.
        :raises GoogleCloudError: when Cloud Asset does not answer.
        """
        return self._analyze(
            scope,
            project_id,
            analysisQuery_identitySelector_identity=f"user:{email_address(user)}",
        )

    def bindings_of_role(self, *, scope: str, project_id: str, role: str) -> Analysis:
        """Return all bindings of a role on a project, with all their members.

        Groups are not expanded: Google stops after 1,000 members of each.

        :raises NotFound: for an unknown project, and one that is not within the scope.
        :raises DailyQuotaExceeded: when the quota is used up.
        :raises GoogleCloudError: when Cloud Asset does not answer.
        """
        return self._analyze(scope, project_id, analysisQuery_accessSelector_roles=[role])

    def _analyze(self, scope: str, project_id: str, **query: Any) -> Analysis:
        resource = full_project_name(project_id)
        scope_name(scope)
        try:
            answer = self._calls.write(
                lambda: self._service.analyzeIamPolicy(
                    scope=scope,
                    analysisQuery_resourceSelector_fullResourceName=resource,
                    executionTimeout=self._timeout,
                    **query,
                ),
                explanations={
                    Denied: f"Denied access to scope '{scope}'",
                    Invalid: f"The project '{project_id}' does not exist, is not within '{scope}',"
                    " or cannot be analyzed",
                    QuotaExceeded: _QUOTA,
                },
            )
        except QuotaExceeded as error:
            raise DailyQuotaExceeded.like(error) from None
        except Invalid as error:
            # Google answers 400 for a project that it does not know; the names were checked before.
            raise NotFound.like(error) from None
        return Analysis.read(answer)


def _binding(result: Json) -> AnalyzedBinding:
    return AnalyzedBinding(
        attached_resource=str(result.get("attachedResourceFullName") or ""),
        binding=result.get("iamBinding") or {},
        resources=tuple(
            str(resource.get("fullResourceName") or "")
            for access in result.get("accessControlLists") or []
            for resource in access.get("resources") or []
        ),
    )


def _causes(main: Json) -> Iterator[str]:
    for error in main.get("nonCriticalErrors") or []:
        yield str(error.get("cause") or error.get("code") or "UNKNOWN")


def _is_fully_explored(answer: Json, main: Json, results: list[Json]) -> bool:
    """Google omits what is false, so only an explicit true counts, and no part may contradict it."""
    parts = (answer, main, *results)
    is_said = bool(answer.get("fullyExplored") or main.get("fullyExplored"))
    return is_said and all(part.get("fullyExplored") is not False for part in parts)
