"""Alertmanager: groups, inhibits and routes alerts to receivers."""

from __future__ import annotations

from watchkeeper.catalogue.alertmanager.channels import CANARY_TOKEN
from watchkeeper.catalogue.alertmanager.config import FILE, TEMPLATES, configuration, templates
from watchkeeper.catalogue.alertmanager.inhibition import maintenance_rules
from watchkeeper.catalogue.alertmanager.options import AlertmanagerOptions
from watchkeeper.catalogue.go import go_environment
from watchkeeper.catalogue.rules import rule_files
from watchkeeper.catalogue.scene import Basics, Component, Offer, Scene, ScrapeOffer
from watchkeeper.workload.probe import Health, HttpProbe
from watchkeeper.workload.reference import BrowserUrl, ConfigPath, ListenAddress, VolumePath, text
from watchkeeper.workload.workload import ConfigFile, Endpoint, Resources, Volume, Workload

NAME = "alertmanager"


def offer(options: AlertmanagerOptions, basics: Basics) -> Offer:
    """Its own metrics and rules, and the alerts that stand for maintenance."""
    rules = (*rule_files(NAME), *maintenance_rules(basics.routing.maintenance))
    return Offer(scrapes=(ScrapeOffer(job=NAME, workload=NAME),), rules=rules)


def workloads(options: AlertmanagerOptions, scene: Scene) -> tuple[Workload, ...]:
    """One process, no cluster: the empty cluster address also lets it start where no private network address exists."""
    memory_bytes = scene.memory_bytes[NAME]
    return (
        Workload(
            name=NAME,
            component=NAME,
            summary="Routes alerts to receivers",
            software=scene.software[NAME],
            arguments=(
                text("--config.file=", ConfigPath(file=FILE)),
                text("--storage.path=", VolumePath(volume="state")),
                text("--web.listen-address=", ListenAddress(endpoint="http")),
                text("--web.external-url=", BrowserUrl(workload=NAME, endpoint="http")),
                "--cluster.listen-address=",
            ),
            environment=go_environment(memory_bytes),
            health=Health(
                ready=HttpProbe(endpoint="http", path="/-/ready"), alive=HttpProbe(endpoint="http", path="/-/healthy")
            ),
            resources=Resources(memory_bytes=memory_bytes),
            endpoints=(Endpoint(name="http", port=9093, browser=True),),
            files=(
                ConfigFile(name=FILE, format="yaml", content=configuration(options, scene)),
                ConfigFile(name=TEMPLATES, format="text", content=templates(scene)),
            ),
            volumes=(Volume(name="state"),),
            secrets=(CANARY_TOKEN, *(secret for receiver in scene.basics.routing.receivers for secret in receiver.secrets())),
            needs=("canary",),
            reload="HUP",
            # receivers are elsewhere
            networks=("monitoring", "edge") if scene.basics.routing.receivers else ("monitoring",),
        ),
    )


COMPONENT = Component(
    name=NAME,
    summary="alert routing and notifications",
    options=AlertmanagerOptions,
    offer=offer,
    workloads=workloads,
    # idle it takes 40 MB, but a thousand groups that wait for receivers which do not answer took 190 MB, and an Alertmanager
    # that is killed for it is gone when it is needed most
    memory_bytes=256 * 1024 * 1024,
    needs=("canary",),
)
