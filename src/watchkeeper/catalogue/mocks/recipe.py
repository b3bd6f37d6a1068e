"""The mocks: exporters and logs of systems that do not exist yet (see ``watchkeeper_mocks``)."""

from __future__ import annotations

from collections.abc import Mapping

from watchkeeper.catalogue.engine import engine_arguments, engine_health
from watchkeeper.catalogue.mocks.options import MocksOptions
from watchkeeper.catalogue.scene import Basics, Component, Offer, Scene, ScrapeOffer
from watchkeeper.workload.reference import Structure, VolumePath, text
from watchkeeper.workload.workload import ConfigFile, Endpoint, Resources, Volume, Workload

NAME = "mocks"
REAL: Mapping[str, tuple[str, ...]] = {
    "application": ("app", "network_monitor"),
    "postgres": ("postgres_exporter",),
    "redis": ("redis_exporter",),
    "kafka": ("kafka_exporter",),
    "rabbitmq": ("rabbitmq_server",),
    "traefik": ("traefik_proxy",),
    "container": ("cadvisor",),
}
"""What is pretended → components that are the real thing: where one is part of the plan, the pretence is not."""


def pretended(options: MocksOptions, basics: Basics) -> tuple[str, ...]:
    """The exporters that are served: those of the options without what is real."""
    return tuple(exporter for exporter in options.exporters if not basics.components & {*REAL.get(exporter, ())})


def offer(options: MocksOptions, basics: Basics) -> Offer:
    """One job an exporter, as the real exporters would be, and the log files of the pretend services."""
    jobs = tuple(
        ScrapeOffer(job=exporter, workload=NAME, path=f"/exporters/{exporter}/metrics", labels={"source": "mock"})
        for exporter in pretended(options, basics)
    )
    logs: Mapping[str, Structure] = {
        "kind": "files",
        "name": "mocks",
        "paths": [text(VolumePath(volume="data", workload=NAME), "/logs/*.log")],
        "labels": {"job": "application", "source": "mock"},
        "label_from_stem": "service",
    }
    return Offer(
        scrapes=(ScrapeOffer(job=NAME, workload=NAME), *jobs), log_files=(logs,) if options.log_lines_per_second else ()
    )


def workloads(options: MocksOptions, scene: Scene) -> tuple[Workload, ...]:
    """One process for all exporters."""
    return (
        Workload(
            name=NAME,
            component=NAME,
            summary="Pretend application, databases and queues with realistic metrics and logs",
            software=scene.software[NAME],
            arguments=engine_arguments(volume="data", config="mocks.yaml"),
            health=engine_health(),
            resources=Resources(memory_bytes=scene.memory_bytes[NAME]),
            endpoints=(Endpoint(name="http", port=9900),),
            files=(
                ConfigFile(
                    name="mocks.yaml",
                    format="yaml",
                    content={
                        "seed": options.seed,
                        "exporters": list(pretended(options, scene.basics)),
                        "logs": {"lines_per_second": options.log_lines_per_second},
                    },
                    reloadable=False,
                ),
            ),
            volumes=(Volume(name="data"),),
        ),
    )


COMPONENT = Component(
    name=NAME,
    summary="pretend systems with realistic metrics and logs",
    options=MocksOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=96 * 1024 * 1024,
    role="application",
)
