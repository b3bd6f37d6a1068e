"""Rules for failed sign-ins and refused requests: no workload of ours."""

from __future__ import annotations

from watchkeeper.catalogue.rules import rule_files
from watchkeeper.catalogue.scene import Basics, Component, Offer, Scene
from watchkeeper.catalogue.security.options import SecurityOptions
from watchkeeper.workload.workload import Workload

NAME = "security"


def offer(options: SecurityOptions, basics: Basics) -> Offer:
    """The rules, with the thresholds of the description."""
    return Offer(rules=rule_files(NAME, options.model_dump()))


def workloads(options: SecurityOptions, scene: Scene) -> tuple[Workload, ...]:
    """None: what the rules are about runs elsewhere."""
    return ()


COMPONENT = Component(
    name=NAME,
    summary="rules for failed sign-ins and refused requests",
    options=SecurityOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=0,
)
