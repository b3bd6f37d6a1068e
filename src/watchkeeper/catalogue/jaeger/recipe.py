"""Jaeger: traces over OTLP and their page in the browser, kept on disk."""

from __future__ import annotations

from watchkeeper.catalogue.go import go_environment
from watchkeeper.catalogue.jaeger.options import JaegerOptions
from watchkeeper.catalogue.scene import Basics, Component, Offer, Scene, ScrapeOffer
from watchkeeper.workload.probe import Health, HttpProbe
from watchkeeper.workload.reference import (
    Argument,
    ConfigPath,
    ListenAddress,
    ListenHost,
    ListenPort,
    Structure,
    VolumePath,
    text,
)
from watchkeeper.workload.workload import ConfigFile, Endpoint, Resources, Stop, Volume, Workload

NAME = "jaeger"
FILE = "jaeger.yaml"
_STORE = "traces"


def offer(options: JaegerOptions, basics: Basics) -> Offer:
    """Its own metrics: version 1 gives them on its administration port, version 2 on one of their own."""
    endpoint = "metrics" if basics.releases == "current" else "admin"
    return Offer(scrapes=(ScrapeOffer(job=NAME, workload=NAME, endpoint=endpoint),))


def workloads(options: JaegerOptions, scene: Scene) -> tuple[Workload, ...]:
    """One process that takes, keeps and shows traces."""
    memory_bytes = scene.memory_bytes[NAME]
    current = scene.basics.releases == "current"
    ready = HttpProbe(endpoint="admin", path="/status" if current else "/", timeout_s=3.0)
    files = (ConfigFile(name=FILE, format="yaml", content=configuration(options), reloadable=False),) if current else ()
    return (
        Workload(
            name=NAME,
            component=NAME,
            summary="Trace store with a page of its own",
            software=scene.software[NAME],
            arguments=("--config", ConfigPath(file=FILE)) if current else _old_arguments(options),
            environment={**go_environment(memory_bytes), **({} if current else {"SPAN_STORAGE_TYPE": "badger"})},
            health=Health(ready=ready, alive=ready, start_deadline_s=90.0, period_s=10.0),
            resources=Resources(memory_bytes=memory_bytes, open_files=16_384),
            endpoints=(
                Endpoint(name="query", port=16686, browser=True),
                Endpoint(name="otlp_grpc", port=4317, protocol="tcp", published=not scene.has("tempo")),
                Endpoint(name="otlp_http", port=4318, published=not scene.has("tempo")),
                Endpoint(name="admin", port=13133 if current else 14269),
                *((Endpoint(name="metrics", port=8888),) if current else ()),
            ),
            files=files,
            volumes=(Volume(name="data"),),
            stop=Stop(grace_s=20.0),
            networks=("monitoring", "app"),
        ),
    )


def configuration(options: JaegerOptions) -> Structure:
    """jaeger.yaml of version 2, in the OpenTelemetry Collector's words."""
    metrics: dict[str, Structure] = {"host": ListenHost(endpoint="metrics"), "port": ListenPort(endpoint="metrics")}
    return {
        "service": {
            "extensions": ["jaeger_storage", "jaeger_query", "healthcheckv2"],
            "pipelines": {"traces": {"receivers": ["otlp"], "processors": ["batch"], "exporters": ["jaeger_storage_exporter"]}},
            "telemetry": {
                "logs": {"level": "warn"},
                "metrics": {"level": "basic", "readers": [{"pull": {"exporter": {"prometheus": metrics}}}]},
            },
        },
        "extensions": {
            "healthcheckv2": {"use_v2": True, "http": {"endpoint": ListenAddress(endpoint="admin")}},
            "jaeger_query": {"storage": {"traces": _STORE}, "http": {"endpoint": ListenAddress(endpoint="query")}},
            "jaeger_storage": {
                "backends": {
                    _STORE: {
                        "badger": {
                            "ephemeral": False,
                            "directories": {
                                "keys": text(VolumePath(volume="data"), "/keys"),
                                "values": text(VolumePath(volume="data"), "/values"),
                            },
                            "ttl": {"spans": f"{options.retention // 3600}h"},
                        }
                    }
                }
            },
        },
        "receivers": {
            "otlp": {
                "protocols": {
                    "grpc": {"endpoint": ListenAddress(endpoint="otlp_grpc")},
                    "http": {"endpoint": ListenAddress(endpoint="otlp_http")},
                }
            }
        },
        "processors": {"batch": {}},
        "exporters": {"jaeger_storage_exporter": {"trace_storage": _STORE}},
    }


def _old_arguments(options: JaegerOptions) -> tuple[Argument, ...]:
    return (
        "--collector.otlp.enabled=true",
        text("--collector.otlp.grpc.host-port=", ListenAddress(endpoint="otlp_grpc")),
        text("--collector.otlp.http.host-port=", ListenAddress(endpoint="otlp_http")),
        text("--query.http-server.host-port=", ListenAddress(endpoint="query")),
        text("--admin.http.host-port=", ListenAddress(endpoint="admin")),
        "--badger.ephemeral=false",
        text("--badger.directory-key=", VolumePath(volume="data"), "/keys"),
        text("--badger.directory-value=", VolumePath(volume="data"), "/values"),
        f"--badger.span-store-ttl={options.retention // 3600}h",
        "--log-level=warn",
    )


COMPONENT = Component(
    name=NAME,
    summary="trace store with a page of its own",
    options=JaegerOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=192 * 1024 * 1024,
)
