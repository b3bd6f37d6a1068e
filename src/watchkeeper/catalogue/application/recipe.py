"""The user's application: no workload of ours, only the rules that its metrics deserve.

The metric names are those of requirement E8, which the mocks speak too, so that switching to the real one changes nothing.
"""

from __future__ import annotations

from watchkeeper.catalogue.application.dashboards import DASHBOARDS
from watchkeeper.catalogue.application.options import ApplicationOptions
from watchkeeper.catalogue.rules import rule_files
from watchkeeper.catalogue.scene import Basics, Component, Offer, Scene
from watchkeeper.workload.workload import Workload

NAME = "application"


def offer(options: ApplicationOptions, basics: Basics) -> Offer:
    """Rules for request rate, errors, duration and cache hits."""
    return Offer(rules=rule_files(NAME, options.model_dump()), dashboards=DASHBOARDS)


def workloads(options: ApplicationOptions, scene: Scene) -> tuple[Workload, ...]:
    """None: the application is the user's."""
    return ()


COMPONENT = Component(
    name=NAME,
    summary="rules for an application's own metrics",
    options=ApplicationOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=0,
)
