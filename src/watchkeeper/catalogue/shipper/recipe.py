"""The log shipper: tails files and the journal, pushes to the log store (see ``watchkeeper_shipper``)."""

from __future__ import annotations

from watchkeeper.catalogue.engine import engine_arguments, engine_health
from watchkeeper.catalogue.rules import rule_files
from watchkeeper.catalogue.scene import Basics, Component, Offer, Scene, ScrapeOffer
from watchkeeper.catalogue.shipper.options import ShipperOptions
from watchkeeper.workload.reference import ConnectUrl, HostPath, StackLogs, Structure
from watchkeeper.workload.workload import ConfigFile, Endpoint, HostAccess, Resources, Volume, Workload

NAME = "shipper"
HOST_LOGS = ("/var/log/*.log", "/var/log/syslog", "/var/log/messages")


def offer(options: ShipperOptions, basics: Basics) -> Offer:
    """Its own metrics and rules."""
    return Offer(scrapes=(ScrapeOffer(job=NAME, workload=NAME),), rules=rule_files(NAME, options.model_dump()))


def workloads(options: ShipperOptions, scene: Scene) -> tuple[Workload, ...]:
    """One process that may read system logs."""
    return (
        Workload(
            name=NAME,
            component=NAME,
            summary="Ships host, journal and component logs to the log store",
            software=scene.software[NAME],
            arguments=engine_arguments(volume="positions", config="shipper.yaml"),
            health=engine_health(),
            resources=Resources(memory_bytes=scene.memory_bytes[NAME]),
            endpoints=(Endpoint(name="http", port=9080),),
            files=(ConfigFile(name="shipper.yaml", format="yaml", content=_configuration(options, scene), reloadable=False),),
            volumes=(Volume(name="positions"),),
            needs=(scene.log_store(),),
            exceptions={
                "root": "container engines let only root list and read the logs that they keep",
                "cap:DAC_READ_SEARCH": "it reads logs of other users and of other components",
            },
            host=HostAccess(log_files=scene.basics.system_log_files or scene.basics.journal != "off", stack_logs=True),
        ),
    )


def _configuration(options: ShipperOptions, scene: Scene) -> Structure:
    # names are what positions of the journal and of "from: end" go by, so they must not depend on what else is listed
    sources: list[Structure] = [
        {
            "kind": "files",
            "name": "stack",
            "paths": [StackLogs()],
            "labels": {"job": "watchkeeper"},
            "label_from_stem": "component",
            "parse": "logfmt",
        }
    ]
    sources += [source for name in sorted(scene.offers) for source in scene.offers[name].log_files]
    if scene.basics.system_log_files:
        paths: list[Structure] = [HostPath(path=path) for path in HOST_LOGS]
        host: dict[str, Structure] = {"kind": "files", "name": "host", "paths": paths, "labels": {"job": "host"}}
        sources.append({**host, "label_from_path": "filename"})
    if scene.basics.journal != "off":
        sources.append({"kind": "journald", "name": "journal", "labels": {"job": "journal"}})
    sources += scene.basics.log_files
    return {
        "push_url": ConnectUrl(workload=scene.log_store(), endpoint="http", path="/loki/api/v1/push"),
        "external_labels": {"stack": scene.basics.name},
        "sources": sources,
        "batch": {"max_bytes": 1024 * 1024, "max_wait": "200ms"},
        "buffer": {"max_bytes": options.buffer_size},
    }


COMPONENT = Component(
    name=NAME,
    summary="log collector",
    options=ShipperOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=96 * 1024 * 1024,
    needs_one_of=("store", "loki"),
)
