"""Objectives for an application's requests, with burn-rate alerts: no workload of ours."""

from __future__ import annotations

from watchkeeper.catalogue.rules import rule_files
from watchkeeper.catalogue.scene import Basics, Component, Offer, Scene
from watchkeeper.catalogue.slo.dashboards import dashboards
from watchkeeper.catalogue.slo.options import SloOptions
from watchkeeper.workload.workload import Workload

NAME = "slo"


def offer(options: SloOptions, basics: Basics) -> Offer:
    """The rules, with the thresholds of the description."""
    return Offer(
        rules=rule_files(NAME, {**options.model_dump(), "latency_bound": _bound(options.latency_threshold_s)}),
        dashboards=dashboards(options),
    )


def workloads(options: SloOptions, scene: Scene) -> tuple[Workload, ...]:
    """None: what the rules are about runs elsewhere."""
    return ()


def _bound(seconds: float) -> str:
    """A bucket's ``le`` as a regular expression: a whole number is written 1 by some libraries and 1.0 by others."""
    written = f"{seconds:g}"
    return written.replace(".", "[.]") if "." in written else f"{written}([.]0)?"


COMPONENT = Component(
    name=NAME,
    summary="objectives for an application's requests, with burn-rate alerts",
    options=SloOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=0,
)
