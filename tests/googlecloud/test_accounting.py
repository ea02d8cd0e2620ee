"""Calls are counted in the tally of the work that made them."""

from googlecloud import accounting
from googlecloud.cloud import Cloud
from googlecloud.parallel import gather
from simulator import Simulator


def test_calls_of_parallel_threads_count_for_the_same_request(cloud: Cloud, sim: Simulator) -> None:
    def read() -> object:
        return cloud.resource_manager.get_policy(project_id="shop-prod")

    with accounting.tally() as outer:
        gather(read, read)
    with accounting.tally() as other:
        read()
    read()
    assert (outer.calls, other.calls) == (2, 1)
    assert outer.seconds > 0
    assert len(sim.calls.google) == 4
