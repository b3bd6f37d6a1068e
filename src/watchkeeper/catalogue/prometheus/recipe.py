"""Prometheus: scrapes, evaluates rules, sends alerts."""

from __future__ import annotations

from watchkeeper.catalogue.go import go_environment
from watchkeeper.catalogue.prometheus.config import configuration, is_written_to, keeps_exemplars, networks_of, secrets_of
from watchkeeper.catalogue.prometheus.options import PrometheusOptions
from watchkeeper.catalogue.rules import rule_files
from watchkeeper.catalogue.scene import Basics, Component, Offer, Scene, ScrapeOffer
from watchkeeper.spec.quantities import format_duration
from watchkeeper.workload.probe import Health, HttpProbe
from watchkeeper.workload.reference import BrowserUrl, ConfigPath, ListenAddress, VolumePath, text
from watchkeeper.workload.workload import ConfigFile, Endpoint, Resources, Stop, Volume, Workload

NAME = "prometheus"
_TAKES_METRICS = "--web.enable-remote-write-receiver"
_KEEPS_EXEMPLARS = "--enable-feature=exemplar-storage"
"""For whoever makes metrics of spans: an exemplar leads from a graph to a trace."""


def offer(options: PrometheusOptions, basics: Basics) -> Offer:
    """Its own metrics and rules."""
    return Offer(scrapes=(ScrapeOffer(job=NAME, workload=NAME),), rules=rule_files(NAME, options.model_dump()))


def workloads(options: PrometheusOptions, scene: Scene) -> tuple[Workload, ...]:
    """One process."""
    basics = scene.basics
    memory_bytes = scene.memory_bytes[NAME]
    size = (f"--storage.tsdb.retention.size={basics.metrics_retention_bytes}B",) if basics.metrics_retention_bytes else ()
    rules = tuple(ConfigFile(name=f"rules/{rule.name}", format="yaml", content=rule.content) for rule in scene.rules())
    return (
        Workload(
            name=NAME,
            component=NAME,
            summary="Metrics database: scrapes targets, evaluates rules, sends alerts",
            software=scene.software[NAME],
            arguments=(
                text("--config.file=", ConfigPath(file="prometheus.yml")),
                text("--storage.tsdb.path=", VolumePath(volume="tsdb")),
                f"--storage.tsdb.retention.time={format_duration(basics.metrics_retention_s)}",
                *size,
                text("--web.listen-address=", ListenAddress(endpoint="http")),
                text("--web.external-url=", BrowserUrl(workload=NAME, endpoint="http")),
                # with a remote-write target that does not answer, a stop would wait a minute
                "--storage.remote.flush-deadline=3s",
                f"--query.max-samples={options.query_max_samples}",
                *((_TAKES_METRICS,) if is_written_to(scene) else ()),
                *((_KEEPS_EXEMPLARS,) if keeps_exemplars(scene) else ()),
                f"--log.level={options.log_level}",
            ),
            environment=go_environment(memory_bytes),
            health=Health(
                ready=HttpProbe(endpoint="http", path="/-/ready"),
                alive=HttpProbe(endpoint="http", path="/-/healthy"),
                start_deadline_s=120.0,
            ),
            resources=Resources(memory_bytes=memory_bytes, open_files=65_536),
            endpoints=(Endpoint(name="http", port=9090, browser=True),),
            files=(ConfigFile(name="prometheus.yml", format="yaml", content=configuration(scene)), *rules),
            volumes=(Volume(name="tsdb"),),
            secrets=secrets_of(scene),
            needs=("alertmanager",) if scene.has("alertmanager") else (),
            reload="HUP",
            stop=Stop(grace_s=20.0),
            networks=networks_of(scene),
        ),
    )


COMPONENT = Component(
    name=NAME,
    summary="metrics database, rules and alerts",
    options=PrometheusOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=256 * 1024 * 1024,
)
