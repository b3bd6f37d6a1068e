"""node_exporter: metrics of the machine."""

from __future__ import annotations

from watchkeeper.catalogue.go import go_environment
from watchkeeper.catalogue.node_exporter.dashboards import DASHBOARDS
from watchkeeper.catalogue.node_exporter.options import NodeExporterOptions
from watchkeeper.catalogue.rules import rule_files
from watchkeeper.catalogue.scene import Basics, Component, Offer, Scene, ScrapeOffer
from watchkeeper.workload.probe import Health, HttpProbe
from watchkeeper.workload.reference import HostPath, ListenAddress, VolumePath, text
from watchkeeper.workload.workload import Endpoint, HostAccess, Resources, Volume, Workload

NAME = "node_exporter"


def offer(options: NodeExporterOptions, basics: Basics) -> Offer:
    """The host's metrics under the job name that community dashboards expect, and the host's rules."""
    return Offer(
        scrapes=(ScrapeOffer(job="node", workload=NAME),), rules=rule_files(NAME, options.model_dump()), dashboards=DASHBOARDS
    )


def workloads(options: NodeExporterOptions, scene: Scene) -> tuple[Workload, ...]:
    """One process that sees the host's /proc, /sys and file systems."""
    memory_bytes = scene.memory_bytes[NAME]
    healthy = HttpProbe(endpoint="http", path="/")
    return (
        Workload(
            name=NAME,
            component=NAME,
            summary="Metrics of the machine: CPU, memory, disks, network",
            software=scene.software[NAME],
            arguments=(
                text("--web.listen-address=", ListenAddress(endpoint="http")),
                text("--path.procfs=", HostPath(path="/proc")),
                text("--path.sysfs=", HostPath(path="/sys")),
                text("--path.rootfs=", HostPath(path="/")),
                text("--collector.textfile.directory=", VolumePath(volume="textfile")),
                *(f"--no-collector.{name}" for name in options.disabled_collectors),
            ),
            environment=go_environment(memory_bytes),
            health=Health(ready=healthy, alive=healthy),
            resources=Resources(memory_bytes=memory_bytes),
            endpoints=(Endpoint(name="http", port=9100),),
            volumes=(Volume(name="textfile"),),
            host=HostAccess(host_metrics=True),
        ),
    )


COMPONENT = Component(
    name=NAME,
    summary="metrics of the machine",
    options=NodeExporterOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=64 * 1024 * 1024,
)
