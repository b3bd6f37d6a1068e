"""Rules for visits, payments and revenue: no workload of ours."""

from __future__ import annotations

from watchkeeper.catalogue.business.dashboards import DASHBOARDS
from watchkeeper.catalogue.business.options import BusinessOptions
from watchkeeper.catalogue.rules import rule_files
from watchkeeper.catalogue.scene import Basics, Component, Offer, Scene
from watchkeeper.workload.workload import Workload

NAME = "business"


def offer(options: BusinessOptions, basics: Basics) -> Offer:
    """The rules, with the thresholds of the description."""
    return Offer(rules=rule_files(NAME, options.model_dump()), dashboards=DASHBOARDS)


def workloads(options: BusinessOptions, scene: Scene) -> tuple[Workload, ...]:
    """None: what the rules are about runs elsewhere."""
    return ()


COMPONENT = Component(
    name=NAME,
    summary="rules for visits, payments and revenue",
    options=BusinessOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=0,
)
