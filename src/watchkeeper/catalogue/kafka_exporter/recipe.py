"""kafka_exporter: offsets, consumer lag and the state of partitions."""

from __future__ import annotations

from watchkeeper.catalogue.kafka_broker.recipe import NAME as BROKER
from watchkeeper.catalogue.kafka_exporter.options import KafkaExporterOptions
from watchkeeper.catalogue.scene import Basics, Component, Offer, Scene, ScrapeOffer
from watchkeeper.workload.probe import Health, HttpProbe
from watchkeeper.workload.reference import ConnectAddress, ListenAddress, text
from watchkeeper.workload.workload import Endpoint, Resources, Workload

NAME = "kafka_exporter"
_SPOKEN = {"seed": "3.4.0", "current": "3.9.0"}
"""The protocol's version that the exporter's library is told to speak; brokers understand older ones."""


def offer(options: KafkaExporterOptions, basics: Basics) -> Offer:
    """The job that the mocks stand in for until now."""
    return Offer(scrapes=(ScrapeOffer(job="kafka", workload=NAME),))


def workloads(options: KafkaExporterOptions, scene: Scene) -> tuple[Workload, ...]:
    """One process beside the broker."""
    memory_bytes = scene.memory_bytes[NAME]
    healthy = HttpProbe(endpoint="http", path="/healthz")
    return (
        Workload(
            name=NAME,
            component=NAME,
            summary="Metrics of Kafka",
            software=scene.software[NAME],
            arguments=(
                text("--kafka.server=", options.target or ConnectAddress(workload=BROKER, endpoint="internal")),
                text("--web.listen-address=", ListenAddress(endpoint="http")),
                f"--kafka.version={_SPOKEN[scene.basics.releases]}",
            ),
            health=Health(ready=healthy, alive=healthy, start_deadline_s=60.0),
            resources=Resources(memory_bytes=memory_bytes),
            endpoints=(Endpoint(name="http", port=9308),),
            needs=() if options.target else (BROKER,),
            networks=("messaging", "monitoring"),
        ),
    )


COMPONENT = Component(
    name=NAME,
    summary="offsets and consumer lag of Kafka",
    options=KafkaExporterOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=48 * 1024 * 1024,
    needs=(BROKER,),
    needless_with="target",
)
