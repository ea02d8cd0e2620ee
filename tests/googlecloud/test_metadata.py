"""Values of the metadata server are read once."""

import pytest

from googlecloud.errors import NotFound, Unavailable
from googlecloud.metadata import Metadata
from simulator import Simulator
from tests.googlecloud.clock import Clock
from tests.googlecloud.odd_server import OddServer, Said, saying


def metadata_of(host: str, clock: Clock) -> Metadata:
    return Metadata(environ={"GCE_METADATA_HOST": host}, sleep=clock.sleep)


def test_where_we_run_and_as_whom(sim: Simulator, clock: Clock) -> None:
    metadata = metadata_of(sim.metadata_host, clock)
    for _ in range(3):
        assert metadata.project_id == "jit-access-host"
        assert metadata.project_number == "100000000001"
        assert metadata.region == "europe-west1"
        assert metadata.service_account_email.startswith("jitaccess@")
    assert len(sim.calls) == 4


def test_the_address_may_come_from_either_variable(sim: Simulator) -> None:
    metadata = Metadata(environ={"GCE_METADATA_IP": sim.metadata_host})
    assert metadata.project_id == "jit-access-host"


def test_a_short_failure_is_retried(sim: Simulator, clock: Clock) -> None:
    sim.faults.add("metadata.*", status=503, times=2)
    assert metadata_of(sim.metadata_host, clock).project_id == "jit-access-host"
    assert len(clock.naps) == 2


def test_a_failure_is_not_cached(sim: Simulator, clock: Clock) -> None:
    sim.faults.add("metadata.*", close="before", times=3)
    metadata = metadata_of(sim.metadata_host, clock)
    with pytest.raises(Unavailable, match=r"No answer from the metadata server") as caught:
        _ = metadata.project_id
    assert not caught.value.sent
    assert metadata.project_id == "jit-access-host"


def test_what_is_unknown_is_not_found_and_not_asked_again(sim: Simulator, clock: Clock) -> None:
    sim.faults.add("metadata.*", status=404)
    with pytest.raises(NotFound):
        _ = metadata_of(sim.metadata_host, clock).region
    assert clock.naps == []


@pytest.mark.parametrize(
    "said", [Said(200, b"me"), Said(302, b"", {"Location": "http://127.0.0.1:9/"})]
)
def test_an_answer_of_another_server_is_rejected(odd: OddServer, clock: Clock, said: Said) -> None:
    odd.say(said)
    with pytest.raises(Unavailable, match=f"answered {said.status}"):
        _ = metadata_of(f"{odd.host}/elsewhere", clock).project_id


@pytest.mark.parametrize("document", [{}, [], {"access_token": "t", "expires_in": "soon"}])
def test_a_token_that_cannot_be_read_is_no_token(
    odd: OddServer, clock: Clock, document: object
) -> None:
    odd.say(saying(document, headers={"Metadata-Flavor": "Google"}))
    with pytest.raises(Unavailable, match="could not be read"):
        metadata_of(f"{odd.host}/elsewhere", clock).access_token("scope")
