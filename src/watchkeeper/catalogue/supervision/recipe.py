"""Rules for what the warden reports about the platform's own processes: no workload of ours."""

from __future__ import annotations

from watchkeeper.catalogue.rules import rule_files
from watchkeeper.catalogue.scene import Basics, Component, Offer, Scene
from watchkeeper.catalogue.supervision.dashboards import DASHBOARDS
from watchkeeper.catalogue.supervision.options import SupervisionOptions
from watchkeeper.workload.workload import Workload

NAME = "supervision"


def offer(options: SupervisionOptions, basics: Basics) -> Offer:
    """The rules, with the thresholds of the description."""
    return Offer(rules=rule_files(NAME, options.model_dump()), dashboards=DASHBOARDS)


def workloads(options: SupervisionOptions, scene: Scene) -> tuple[Workload, ...]:
    """None: what the rules are about runs elsewhere."""
    return ()


COMPONENT = Component(
    name=NAME,
    summary="rules for what the warden reports about the platform's own processes",
    options=SupervisionOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=0,
)
