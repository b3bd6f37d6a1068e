"""Rules for RabbitMQ's own metrics: no workload of ours."""

from __future__ import annotations

from watchkeeper.catalogue.rabbitmq.dashboards import DASHBOARDS
from watchkeeper.catalogue.rabbitmq.options import RabbitmqOptions
from watchkeeper.catalogue.rules import rule_files
from watchkeeper.catalogue.scene import Basics, Component, Offer, Scene
from watchkeeper.workload.workload import Workload

NAME = "rabbitmq"


def offer(options: RabbitmqOptions, basics: Basics) -> Offer:
    """The rules, with the thresholds of the description."""
    return Offer(rules=rule_files(NAME, options.model_dump()), dashboards=DASHBOARDS)


def workloads(options: RabbitmqOptions, scene: Scene) -> tuple[Workload, ...]:
    """None: what the rules are about runs elsewhere."""
    return ()


COMPONENT = Component(
    name=NAME,
    summary="rules for RabbitMQ's own metrics",
    options=RabbitmqOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=0,
)
