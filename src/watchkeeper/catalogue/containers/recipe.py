"""Rules for containers and supervised processes, under cAdvisor's names: no workload of ours."""

from __future__ import annotations

from watchkeeper.catalogue.containers.dashboards import DASHBOARDS
from watchkeeper.catalogue.containers.options import ContainersOptions
from watchkeeper.catalogue.rules import rule_files
from watchkeeper.catalogue.scene import Basics, Component, Offer, Scene
from watchkeeper.workload.workload import Workload

NAME = "containers"


def offer(options: ContainersOptions, basics: Basics) -> Offer:
    """The rules, with the thresholds of the description."""
    return Offer(rules=rule_files(NAME, options.model_dump()), dashboards=DASHBOARDS)


def workloads(options: ContainersOptions, scene: Scene) -> tuple[Workload, ...]:
    """None: what the rules are about runs elsewhere."""
    return ()


COMPONENT = Component(
    name=NAME,
    summary="rules for containers and supervised processes, under cAdvisor's names",
    options=ContainersOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=0,
)
