"""Threads share one pool and never receive each other's answers."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor

from googlecloud.calls import Deadline
from googlecloud.cloud import Cloud
from googlecloud.config import CloudConfig
from googlecloud.errors import Unavailable
from googlecloud.policy import Policy
from simulator import Simulator

THREADS = 8
CALLS = 60


def test_no_thread_gets_anothers_answer(cloud: Cloud, sim: Simulator) -> None:
    for number in range(20):
        sim.company.add_project(f"own-{number}")
        sim.company.bind(f"own-{number}", "roles/viewer", f"user:owner-{number}@example.com")
        sim.company.add_group(f"own-{number}@example.com", [f"member-{number}@example.com"])

    def ask(seed: int) -> int:
        dice = random.Random(seed)
        for _ in range(CALLS):
            number = dice.randrange(20)
            policy = cloud.resource_manager.get_policy(project_id=f"own-{number}")
            assert policy["bindings"][0]["members"] == [f"user:owner-{number}@example.com"]
            found = cloud.asset.effective_policies(
                scope="organizations/7", project_id=f"own-{number}"
            )
            assert found[0].attached_resource.endswith(f"/own-{number}")
            (member,) = cloud.directory.members_of(group=f"own-{number}@example.com")
            assert member.email == f"member-{number}@example.com"
        return CALLS * 3

    with ThreadPoolExecutor(THREADS) as pool:
        assert sum(pool.map(ask, range(THREADS))) == len(sim.calls.google)


def test_failures_of_some_never_reach_others(cloud: Cloud, sim: Simulator) -> None:
    sim.company.add_project("broken")
    sim.faults.add(
        "*.getIamPolicy", close="before", times=None, when=lambda call: "broken" in call.path
    )

    def ask(number: int) -> bool:
        try:
            return bool(
                cloud.resource_manager.get_policy(
                    project_id="broken" if number % 4 == 0 else "shop-prod"
                )
            )
        except Unavailable:
            return False

    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(ask, range(THREADS * 10)))
    assert answers == [number % 4 != 0 for number in range(THREADS * 10)]


def test_writers_at_the_same_time_lose_nothing(sim: Simulator, cloud: Cloud) -> None:
    real = Cloud(CloudConfig(endpoint=sim.url))
    before = sim.company.policy("shop-prod")["bindings"]
    start = threading.Barrier(THREADS, timeout=5)

    def write(number: int) -> int:
        binding = {"role": f"roles/own{number}", "members": ["user:alice@example.com"]}

        def add(policy: Policy) -> Policy:
            if binding in policy["bindings"]:
                return policy
            return {**policy, "bindings": [*policy["bindings"], binding]}

        start.wait()
        return real.resource_manager.modify_policy(
            project_id="shop-prod", change=add, reason="r", deadline=Deadline(30)
        ).attempts

    with ThreadPoolExecutor(THREADS) as pool:
        attempts = list(pool.map(write, range(THREADS)))
    after = sim.company.policy("shop-prod")["bindings"]
    assert after[: len(before)] == before
    assert sorted(binding["role"] for binding in after[len(before) :]) == [
        f"roles/own{number}" for number in range(THREADS)
    ]
    assert sum(attempts) == len(sim.calls.of("*.setIamPolicy"))
