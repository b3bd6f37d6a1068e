"""Rules for Traefik's metrics: no workload of ours."""

from __future__ import annotations

from watchkeeper.catalogue.rules import rule_files
from watchkeeper.catalogue.scene import Basics, Component, Offer, Scene
from watchkeeper.catalogue.traefik.dashboards import DASHBOARDS
from watchkeeper.catalogue.traefik.options import TraefikOptions
from watchkeeper.workload.workload import Workload

NAME = "traefik"


def offer(options: TraefikOptions, basics: Basics) -> Offer:
    """The rules, with the thresholds of the description."""
    return Offer(rules=rule_files(NAME, options.model_dump()), dashboards=DASHBOARDS)


def workloads(options: TraefikOptions, scene: Scene) -> tuple[Workload, ...]:
    """None: what the rules are about runs elsewhere."""
    return ()


COMPONENT = Component(
    name=NAME,
    summary="rules for Traefik's metrics",
    options=TraefikOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=0,
)
