"""The embedded log store: speaks Loki's API (see ``watchkeeper_store``)."""

from __future__ import annotations

from watchkeeper.catalogue.engine import engine_arguments, engine_health
from watchkeeper.catalogue.rules import rule_files
from watchkeeper.catalogue.scene import Basics, Component, Offer, Scene, ScrapeOffer
from watchkeeper.catalogue.store.dashboards import DASHBOARDS
from watchkeeper.catalogue.store.options import StoreOptions
from watchkeeper.spec.quantities import format_duration
from watchkeeper.workload.reference import ConnectUrl, ListenAddress, Structure, text
from watchkeeper.workload.workload import ConfigFile, Endpoint, Resources, Stop, Volume, Workload

NAME = "store"
SPANS = "spans"
"""The job of the metrics that the store makes of spans."""


def offer(options: StoreOptions, basics: Basics) -> Offer:
    """Its own metrics and rules."""
    return Offer(
        scrapes=(ScrapeOffer(job=NAME, workload=NAME), ScrapeOffer(job=SPANS, workload=NAME, path="/metrics/spans")),
        rules=rule_files(NAME, options.model_dump()),
        dashboards=DASHBOARDS,
    )


def workloads(options: StoreOptions, scene: Scene) -> tuple[Workload, ...]:
    """One process, one data folder."""
    memory_bytes = scene.memory_bytes[NAME]
    return (
        Workload(
            name=NAME,
            component=NAME,
            summary="Log store: Loki's API on one data folder",
            software=scene.software[NAME],
            arguments=(
                *engine_arguments(volume="data", config="store.yaml"),
                "--memory-limit",
                str(memory_bytes * 60 // 100),
                *((text("--otlp-grpc-address=", ListenAddress(endpoint="otlp_grpc")),) if options.otlp_grpc else ()),
            ),
            health=engine_health(ready="/ready", start_deadline_s=120.0),
            resources=Resources(memory_bytes=memory_bytes, open_files=65_536),
            endpoints=(
                Endpoint(name="http", port=3100, published=True),
                *((Endpoint(name="otlp_grpc", port=4317, protocol="tcp", published=True),) if options.otlp_grpc else ()),
            ),
            files=(ConfigFile(name="store.yaml", format="yaml", content=_configuration(options, scene), reloadable=False),),
            volumes=(Volume(name="data"),),
            stop=Stop(grace_s=20.0),
        ),
    )


def _configuration(options: StoreOptions, scene: Scene) -> Structure:
    basics = scene.basics
    retention: dict[str, Structure] = {"default": format_duration(basics.logs_retention_s)}
    if basics.logs_retention_bytes:
        retention["max_bytes"] = basics.logs_retention_bytes
    if options.keep:
        retention["rules"] = [{"selector": str(rule.selector), "keep": format_duration(rule.keep)} for rule in options.keep]
    # no need of Prometheus: while it is away, logs and traces are taken all the same
    url = ConnectUrl(workload="prometheus", endpoint="http", path="/api/v1/write")
    return {
        "retention": retention,
        "traces": {"retention": format_duration(basics.logs_retention_s)},
        **({"metrics": {"remote_write_url": url}} if scene.has("prometheus") else {}),
        "limits": {"max_line_size": options.max_line_size, "max_global_streams_per_user": options.max_streams},
    }


COMPONENT = Component(
    name=NAME,
    summary="log store with Loki's API",
    options=StoreOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=320 * 1024 * 1024,
)
