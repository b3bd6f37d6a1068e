"""Tempo: traces over OTLP, and metrics of spans and of services that call each other, written to Prometheus."""

from __future__ import annotations

from watchkeeper.catalogue.go import go_environment
from watchkeeper.catalogue.scene import Basics, Component, Offer, Scene, ScrapeOffer
from watchkeeper.catalogue.tempo.options import TempoOptions
from watchkeeper.workload.probe import ExecProbe, Health, HttpProbe, Probe
from watchkeeper.workload.reference import (
    ConfigPath,
    ConnectUrl,
    ListenAddress,
    ListenHost,
    ListenPort,
    Structure,
    VolumePath,
    text,
)
from watchkeeper.workload.workload import ConfigFile, Endpoint, Resources, Stop, Volume, Workload

NAME = "tempo"
FILE = "tempo.yaml"
_PROCESSORS: list[Structure] = ["service-graphs", "span-metrics"]


def offer(options: TempoOptions, basics: Basics) -> Offer:
    """Its own metrics. What it computes from spans it writes to Prometheus itself."""
    return Offer(scrapes=(ScrapeOffer(job=NAME, workload=NAME),))


def workloads(options: TempoOptions, scene: Scene) -> tuple[Workload, ...]:
    """One process that is every part of Tempo."""
    memory_bytes = scene.memory_bytes[NAME]
    current = scene.basics.releases == "current"
    ready: Probe = (
        ExecProbe(program="/tempo", arguments=("-health",), timeout_s=5.0)
        if current
        else HttpProbe(endpoint="http", path="/ready", timeout_s=3.0)
    )
    return (
        Workload(
            name=NAME,
            component=NAME,
            summary="Trace store",
            software=scene.software[NAME],
            arguments=(text("-config.file=", ConfigPath(file=FILE)),),
            environment=go_environment(memory_bytes),
            health=Health(ready=ready, alive=ready, start_deadline_s=120.0, period_s=10.0),
            resources=Resources(memory_bytes=memory_bytes, open_files=65_536),
            endpoints=(
                Endpoint(name="http", port=3200, published=True),
                Endpoint(name="otlp_grpc", port=4317, protocol="tcp", published=True),
                Endpoint(name="otlp_http", port=4318, published=True),
                Endpoint(name="grpc", port=9095, protocol="tcp"),
            ),
            files=(ConfigFile(name=FILE, format="yaml", content=configuration(options, scene), reloadable=False),),
            volumes=(Volume(name="data"),),
            needs=("prometheus",),
            stop=Stop(grace_s=30.0),
            # the application sends its traces here
            networks=("monitoring", "app"),
        ),
    )


def configuration(options: TempoOptions, scene: Scene) -> Structure:
    """tempo.yaml: version 3 has other parts than version 2 and refuses the old ones."""
    data = VolumePath(volume="data")
    current = scene.basics.releases == "current"
    content: dict[str, Structure] = {
        "server": {
            "http_listen_address": ListenHost(endpoint="http"),
            "http_listen_port": ListenPort(endpoint="http"),
            "grpc_listen_address": "127.0.0.1",
            "grpc_listen_port": ListenPort(endpoint="grpc"),
            "log_level": "warn",
        },
        # without an address they listen on localhost, which nobody else reaches
        "distributor": {
            "receivers": {
                "otlp": {
                    "protocols": {
                        "grpc": {"endpoint": ListenAddress(endpoint="otlp_grpc")},
                        "http": {"endpoint": ListenAddress(endpoint="otlp_http")},
                    }
                }
            }
        },
        "metrics_generator": {
            "registry": {"external_labels": {"source": "tempo"}},
            "storage": {
                "path": text(data, "/generator/wal"),
                "remote_write": [
                    {"url": ConnectUrl(workload="prometheus", endpoint="http", path="/api/v1/write"), "send_exemplars": True}
                ],
            },
        },
        "storage": {
            "trace": {"backend": "local", "wal": {"path": text(data, "/wal")}, "local": {"path": text(data, "/blocks")}}
        },
        "usage_report": {"reporting_enabled": False},
    }
    keep = f"{options.retention // 3600}h"  # days are not among the units it reads
    if current:
        retention: Structure = {"block_retention": keep, "compacted_block_retention": "1h"}
        return content | {
            "memberlist": {"bind_addr": ["127.0.0.1"]},
            "live_store": {
                "shutdown_marker_dir": text(data, "/live-store/shutdown-marker"),
                "wal": {"path": text(data, "/live-store/traces")},
            },
            # both decide, so both are told
            "backend_scheduler": {
                "local_work_path": text(data, "/work"),
                "provider": {"compaction": {"compaction": retention}},
            },
            "backend_worker": {"compaction": retention},
            "overrides": {"defaults": {"metrics_generator": {"processors": _PROCESSORS}}},
        }
    return content | {
        "ingester": {"max_block_duration": "5m"},
        "compactor": {"compaction": {"block_retention": keep, "compacted_block_retention": "1h"}},
        "overrides": {"metrics_generator_processors": _PROCESSORS},
    }


COMPONENT = Component(
    name=NAME,
    summary="trace store of upstream",
    options=TempoOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=256 * 1024 * 1024,
    needs=("prometheus",),
)
