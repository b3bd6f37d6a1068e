"""Loki: the log store of upstream, with retention that really deletes."""

from __future__ import annotations

from watchkeeper.catalogue.go import go_environment
from watchkeeper.catalogue.loki.options import LokiOptions
from watchkeeper.catalogue.scene import Basics, Component, Offer, Scene, ScrapeOffer
from watchkeeper.spec.quantities import format_duration
from watchkeeper.workload.probe import ExecProbe, Health, HttpProbe, Probe
from watchkeeper.workload.reference import ConfigPath, ListenHost, ListenPort, Structure, VolumePath, text
from watchkeeper.workload.workload import ConfigFile, Endpoint, Resources, Stop, Volume, Workload

NAME = "loki"
FILE = "loki.yaml"
_OLD_SAMPLES = "168h"


def offer(options: LokiOptions, basics: Basics) -> Offer:
    """Its own metrics."""
    return Offer(scrapes=(ScrapeOffer(job=NAME, workload=NAME),))


def workloads(options: LokiOptions, scene: Scene) -> tuple[Workload, ...]:
    """One process that is every part of Loki."""
    memory_bytes = scene.memory_bytes[NAME]
    # the current image holds nothing that could ask over HTTP, but the program asks itself
    current = scene.basics.releases == "current"
    ready: Probe = (
        ExecProbe(program="/usr/bin/loki", arguments=("-health",), timeout_s=5.0)
        if current
        else HttpProbe(endpoint="http", path="/ready", timeout_s=3.0)
    )
    return (
        Workload(
            name=NAME,
            component=NAME,
            summary="Log store",
            software=scene.software[NAME],
            arguments=(text("-config.file=", ConfigPath(file=FILE)),),
            environment=go_environment(memory_bytes),
            health=Health(ready=ready, alive=ready, start_deadline_s=120.0, period_s=10.0),
            resources=Resources(memory_bytes=memory_bytes, open_files=65_536),
            endpoints=(Endpoint(name="http", port=3100, published=True), Endpoint(name="grpc", port=9095, protocol="tcp")),
            files=(
                ConfigFile(
                    name=FILE, format="yaml", content=configuration(options, scene.basics, memory_bytes), reloadable=False
                ),
            ),
            volumes=(Volume(name="data"),),
            stop=Stop(grace_s=30.0),
        ),
    )


def configuration(options: LokiOptions, basics: Basics, memory_bytes: int) -> Structure:
    """loki.yaml for the release set."""
    current = basics.releases == "current"
    data = VolumePath(volume="data")
    schema = {
        "from": "2024-01-01" if current else "2023-01-01",
        "store": "tsdb",
        "object_store": "filesystem",
        # structured metadata needs 13, which 2.9.0 does not know
        "schema": "v13" if current else "v12",
        "index": {"prefix": "index_", "period": "24h"},
    }
    compactor: dict[str, Structure] = {
        "working_directory": text(data, "/compactor"),
        "compaction_interval": "10m",
        "retention_enabled": True,
        "retention_delete_delay": "2h",
        "retention_delete_worker_count": 10,
    }
    # the key was renamed: each version refuses the other's
    compactor["delete_request_store" if current else "shared_store"] = "filesystem"
    return {
        "auth_enabled": False,
        "analytics": {"reporting_enabled": False},
        "server": {
            "http_listen_address": ListenHost(endpoint="http"),
            "http_listen_port": ListenPort(endpoint="http"),
            "grpc_listen_address": "127.0.0.1",
            "grpc_listen_port": ListenPort(endpoint="grpc"),
            "log_level": "warn",
        },
        "common": {
            "path_prefix": data,
            "instance_addr": "127.0.0.1",
            "replication_factor": 1,
            "ring": {"kvstore": {"store": "inmemory"}},
            "storage": {"filesystem": {"chunks_directory": text(data, "/chunks"), "rules_directory": text(data, "/rules")}},
        },
        "schema_config": {"configs": [schema]},
        "limits_config": _limits(options, basics, current=current),
        "compactor": compactor,
        "ingester": {
            "chunk_encoding": "snappy",
            "chunk_idle_period": "30m",
            "max_chunk_age": "2h",
            "wal": {
                "enabled": True,
                "dir": text(data, "/wal"),
                "replay_memory_ceiling": f"{memory_bytes // 3 // 1_000_000}MB",
                "flush_on_shutdown": True,
            },
        },
        "querier": {"max_concurrent": 2},
        "query_range": {
            "cache_results": True,
            "results_cache": {"cache": {"embedded_cache": {"enabled": True, "max_size_mb": 16}}},
        },
    }


def _limits(options: LokiOptions, basics: Basics, *, current: bool) -> Structure:
    limits: dict[str, Structure] = {
        "retention_period": format_duration(basics.logs_retention_s),
        "reject_old_samples": True,
        "reject_old_samples_max_age": _OLD_SAMPLES,
        "ingestion_rate_mb": round(options.ingestion_rate / 1_000_000, 3),
        "ingestion_burst_size_mb": round(options.ingestion_burst / 1_000_000, 3),
        "per_stream_rate_limit": f"{options.ingestion_rate // 2 // 1_000}KB",
        "per_stream_rate_limit_burst": f"{options.ingestion_burst // 1_000}KB",
        "max_line_size": options.max_line_size,
        "max_global_streams_per_user": options.max_streams,
        "max_entries_limit_per_query": 5_000,
        # a query may look back as far as there is anything
        "max_query_length": format_duration(basics.logs_retention_s + 86_400),
        "query_timeout": "1m",
        "volume_enabled": True,
    }
    if current:
        limits["allow_structured_metadata"] = True
    return limits


COMPONENT = Component(
    name=NAME,
    summary="log store of upstream",
    options=LokiOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=256 * 1024 * 1024,
)
