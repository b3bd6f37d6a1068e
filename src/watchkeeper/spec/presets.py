"""Which components a preset starts. A preset is data: names of components, and one sentence for the person who chooses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias

LogsEngine: TypeAlias = Literal["embedded", "loki"]
Collector: TypeAlias = Literal["embedded", "promtail", "alloy"]
TracesEngine: TypeAlias = Literal["embedded", "tempo", "jaeger"]
DashboardsEngine: TypeAlias = Literal["console", "grafana"]

ENGINES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "logs": {"embedded": "store", "loki": "loki"},
        "collector": {"embedded": "shipper", "promtail": "promtail", "alloy": "alloy"},
        "traces": {"embedded": "store", "tempo": "tempo", "jaeger": "jaeger"},
        "dashboards": {"console": "console", "grafana": "grafana"},
    }
)
"""What a stack needs one of → what can be it → the component."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """One choice for each place. ``traces`` may be several or none."""

    logs: LogsEngine = "embedded"
    collector: Collector = "embedded"
    traces: tuple[TracesEngine, ...] = ()
    dashboards: DashboardsEngine = "console"


EMBEDDED = Engines()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """``components`` are names of the catalogue; what they need is written out, so that nothing starts unannounced.

    ``engines``: what stands for logs, traces and dashboards where containers run, if the description does not say; bare
    processes have the embedded ones. ``in_containers``, ``on_processes``: components that exist only there; ``seed_only``:
    those that only the images of the older release set need. ``memory_mib``: a component's share in this preset, if not its
    own default. ``monitoring_bytes``: what all that watches may use together, 0 where no budget is stated.
    """

    name: str
    summary: str
    components: tuple[str, ...]
    engines: Engines = EMBEDDED
    in_containers: tuple[str, ...] = ()
    on_processes: tuple[str, ...] = ("supervision",)
    seed_only: tuple[str, ...] = ()
    memory_mib: Mapping[str, int] = field(default_factory=dict)
    monitoring_bytes: int = 0


_WATCHING = ("prometheus", "alertmanager", "node_exporter", "blackbox_exporter", "canary", "backup")
_RULES = ("application", "slo", "security", "business", "ai", "postgres", "redis", "kafka", "rabbitmq", "traefik", "containers")

_ALL = (
    Preset(
        name="core",
        summary="Metrics, logs, alerts and dashboards for one machine, with mock services to try them on.",
        components=(*_WATCHING, "mocks", *_RULES),
        engines=Engines(logs="loki", collector="alloy", dashboards="grafana"),
    ),
    Preset(
        name="platform",
        summary="What an application is built on: PostgreSQL, Redis, Kafka and RabbitMQ, each watched, with traces.",
        components=(
            *_WATCHING,
            "mocks",
            *_RULES,
            *("postgres_server", "postgres_exporter", "redis_server", "redis_exporter"),
            *("kafka_broker", "kafka_exporter", "rabbitmq_server"),
        ),
        engines=Engines(logs="loki", collector="alloy", traces=("tempo", "jaeger"), dashboards="grafana"),
        on_processes=("network_monitor", "supervision"),
        seed_only=("zookeeper",),
        memory_mib={
            "prometheus": 160,
            "alertmanager": 96,
            "node_exporter": 32,
            "blackbox_exporter": 32,
            "canary": 48,
            "mocks": 48,
            "grafana": 168,
            "loki": 144,
            "alloy": 96,
            "promtail": 48,
            "tempo": 144,
            "jaeger": 80,
            "postgres_server": 144,
            "postgres_exporter": 24,
            "redis_server": 64,
            "redis_exporter": 24,
            "kafka_broker": 400,
            "kafka_exporter": 48,
            "rabbitmq_server": 240,
            "zookeeper": 80,
            "network_monitor": 336,
        },
    ),
    Preset(
        name="enterprise",
        summary="Thirteen monitoring services for several teams: containers, uptime elsewhere, traces, business figures.",
        components=(
            *_WATCHING,
            "mocks",
            *_RULES,
            *("postgres_server", "postgres_exporter", "redis_server", "redis_exporter"),
        ),
        engines=Engines(logs="loki", collector="alloy", traces=("jaeger",), dashboards="grafana"),
        in_containers=("cadvisor", "docker_socket_proxy", "uptime_kuma"),
        memory_mib={
            "prometheus": 176,
            "alertmanager": 72,
            "node_exporter": 24,
            "blackbox_exporter": 24,
            "canary": 40,
            "grafana": 160,
            "loki": 128,
            "alloy": 96,
            "promtail": 64,
            "jaeger": 72,
            "cadvisor": 64,
            "uptime_kuma": 128,
            "postgres_exporter": 24,
            "redis_exporter": 24,
            "docker_socket_proxy": 12,
            "mocks": 64,
            "postgres_server": 192,
            "redis_server": 64,
        },
        monitoring_bytes=1_100_000_000,
    ),
    Preset(
        name="vps",
        summary="One small server: host, PostgreSQL, containers and reverse proxy within 512 MB for monitoring.",
        components=(
            *("prometheus", "alertmanager", "node_exporter", "canary", "backup"),
            *("postgres", "postgres_server", "postgres_exporter"),
        ),
        in_containers=("cadvisor", "containers", "docker_socket_proxy", "traefik", "traefik_proxy"),
        memory_mib={
            "prometheus": 120,
            "alertmanager": 40,
            "node_exporter": 20,
            "canary": 36,
            "postgres_exporter": 20,
            "store": 96,
            "shipper": 44,
            "console": 64,
            "cadvisor": 40,
            "docker_socket_proxy": 8,
            "postgres_server": 160,
            "traefik_proxy": 64,
        },
        monitoring_bytes=512_000_000,
    ),
)

PRESETS: Mapping[str, Preset] = MappingProxyType({preset.name: preset for preset in _ALL})


def usual_engines(preset: Preset, target: str, releases: str) -> Engines:
    """What stands for logs, traces and dashboards where the description does not say.

    Bare processes cannot run the upstream ones; the older release set is from a time before Alloy.
    """
    if target == "native":
        return EMBEDDED
    chosen = preset.engines
    if releases == "seed" and chosen.collector == "alloy":
        return Engines(logs=chosen.logs, collector="promtail", traces=chosen.traces, dashboards=chosen.dashboards)
    return chosen
