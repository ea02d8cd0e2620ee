"""Clients of the same people, and a simulated cloud for each test."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import pytest
from django.test import Client
from pytest_django import Settings

from simulator import Simulator

HEADER = "HTTP_X_GOOG_IAP_JWT_ASSERTION"

# The duration of an example depends on the load of the machine, so there is no deadline.
hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")


class PersonClient(Client):
    """The browser or program of a person who is signed in through IAP."""

    def __init__(self, simulated: Simulator, email: str) -> None:
        super().__init__()
        self.simulated = simulated
        self.email = email

    def request(self, **request: Any) -> Any:
        assertion = self.simulated.assertion(self.email, audience=self.simulated.audience)
        return super().request(**({HEADER: assertion} | request))

    def api_get(self, path: str, **params: Any) -> Any:
        return self.get(path, params, headers={"X-JITACCESS": "1"})

    def api_post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.post(
            path, body, content_type="application/json", headers={"X-JITACCESS": "1"} | headers
        )


@pytest.fixture
def simulated(settings: Settings) -> Iterator[Simulator]:
    """Start a simulated Google Cloud for one test and configure the application to use it."""
    from eligibility import providers
    from jitaccess.identity.assertion import forget_keys
    from jitaccess.identity.permissions import permission_finder

    with Simulator() as sim:
        settings.GOOGLE_API_ENDPOINT = sim.url
        settings.IAP_KEYS_URL = f"{sim.url}/iap/verify/public_key"
        before = {name: os.environ.get(name) for name in ("GCE_METADATA_HOST", "GCE_METADATA_IP")}
        os.environ |= dict.fromkeys(before, sim.metadata_host)
        for forget in (providers.reset, forget_keys, permission_finder.forget):
            forget()
        yield sim
        for forget in (providers.reset, forget_keys, permission_finder.forget):
            forget()
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


class FakeClock:
    """A clock that `sleep` advances without waiting."""

    def __init__(self) -> None:
        self._slept = 0.0

    def sleep(self, seconds: float) -> None:
        self._slept += seconds

    def __call__(self) -> float:
        return time.monotonic() + self._slept


@pytest.fixture
def no_retry_delay(simulated: Simulator) -> FakeClock:
    """Let the application retry calls to Google without waiting."""
    from eligibility import providers
    from googlecloud.cloud import Cloud

    clock = FakeClock()
    providers.use_cloud(Cloud(providers.cloud_config(), sleep=clock.sleep, clock=clock))
    return clock


@pytest.fixture
def person(simulated: Simulator, db: None) -> Callable[[str], PersonClient]:
    """Return a client for the person with this address: `person("dave@example.com")`."""
    return lambda email: PersonClient(simulated, email)


@pytest.fixture
def alice(person: Callable[[str], PersonClient]) -> PersonClient:
    """Alice activates."""
    return person("alice@example.com")


@pytest.fixture
def bob(person: Callable[[str], PersonClient]) -> PersonClient:
    """Bob reviews."""
    return person("bob@example.com")


@pytest.fixture
def carol(person: Callable[[str], PersonClient]) -> PersonClient:
    """Carol reviews too."""
    return person("carol@example.com")


@pytest.fixture
def charlie(person: Callable[[str], PersonClient]) -> PersonClient:
    """Charlie must see nothing."""
    return person("charlie@example.com")


@pytest.fixture
def olga(person: Callable[[str], PersonClient]) -> PersonClient:
    """Olga administers."""
    return person("olga@example.com")


@pytest.fixture
def audrey(person: Callable[[str], PersonClient]) -> PersonClient:
    """Audrey audits."""
    return person("audrey@example.com")
