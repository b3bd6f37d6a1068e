"""Rules for Kafka, as kafka_exporter shows it: no workload of ours."""

from __future__ import annotations

from watchkeeper.catalogue.kafka.dashboards import DASHBOARDS
from watchkeeper.catalogue.kafka.options import KafkaOptions
from watchkeeper.catalogue.rules import rule_files
from watchkeeper.catalogue.scene import Basics, Component, Offer, Scene
from watchkeeper.workload.workload import Workload

NAME = "kafka"


def offer(options: KafkaOptions, basics: Basics) -> Offer:
    """The rules, with the thresholds of the description; the platform's own broker is the only one of its cluster."""
    thresholds = options.model_dump()
    if "kafka_broker" in basics.components and "brokers" not in options.model_fields_set:
        thresholds["brokers"] = 1
    return Offer(rules=rule_files(NAME, thresholds), dashboards=DASHBOARDS)


def workloads(options: KafkaOptions, scene: Scene) -> tuple[Workload, ...]:
    """None: what the rules are about runs elsewhere."""
    return ()


COMPONENT = Component(
    name=NAME,
    summary="rules for Kafka, as kafka_exporter shows it",
    options=KafkaOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=0,
)
