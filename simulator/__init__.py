"""A simulated Google Cloud on loopback: in-process for tests, or alone with `python -m simulator`."""

from simulator.calls import Call, CallList
from simulator.company import Company
from simulator.frontdoor import FrontDoor
from simulator.seed import example_company
from simulator.seed_large import large_company
from simulator.simulator import Simulator

__all__ = [
    "Call",
    "CallList",
    "Company",
    "FrontDoor",
    "Simulator",
    "example_company",
    "large_company",
]
