"""The canary: a switchable alert condition and a receiver with receipts (see ``watchkeeper_canary``)."""

from __future__ import annotations

from watchkeeper.catalogue.engine import engine_health
from watchkeeper.catalogue.rules import rule_files
from watchkeeper.catalogue.scene import Basics, Component, Offer, Options, Scene, ScrapeOffer
from watchkeeper.workload.reference import ConfigPath, ListenAddress, SecretPath, Structure, VolumePath
from watchkeeper.workload.workload import ConfigFile, Endpoint, Resources, Secret, Volume, Workload

NAME = "canary"
RELAYS = "relays.json"
TOKEN = Secret(name="canary-token", purpose="lets Alertmanager and verify talk to the canary")


def offer(options: Options, basics: Basics) -> Offer:
    """Scraped every second: the canary alert proves the path, not the patience."""
    return Offer(
        scrapes=(ScrapeOffer(job=NAME, workload=NAME, interval_s=1, timeout_s=1),),
        rules=rule_files(NAME),
        secrets=(TOKEN,),
    )


def workloads(options: Options, scene: Scene) -> tuple[Workload, ...]:
    """One small process."""
    return (
        Workload(
            name=NAME,
            component=NAME,
            summary="Proves that alerts arrive; keeps what no other receiver gets",
            software=scene.software[NAME],
            arguments=(
                "--listen-address",
                ListenAddress(endpoint="http"),
                "--data-dir",
                VolumePath(volume="receipts"),
                "--token-file",
                SecretPath(secret=TOKEN.name),
                "--relays-file",
                ConfigPath(file=RELAYS),
            ),
            files=(ConfigFile(name=RELAYS, format="json", content=_relays(scene), reloadable=False),),
            health=engine_health(),
            resources=Resources(memory_bytes=scene.memory_bytes[NAME]),
            endpoints=(Endpoint(name="http", port=9099, published=True),),
            volumes=(Volume(name="receipts"),),
            secrets=(TOKEN.name, *(relay.url for relay in scene.basics.routing.relays())),
            networks=("monitoring", "edge") if scene.basics.routing.relays() else ("monitoring",),
        ),
    )


def _relays(scene: Scene) -> Structure:
    """Name → where notifications are passed on to, in which shape, and where their links lead."""
    return {
        relay.name: {"kind": relay.kind, "url_file": SecretPath(secret=relay.url), "console_url": scene.console_url() or ""}
        for relay in scene.basics.routing.relays()
    }


COMPONENT = Component(
    name=NAME,
    summary="proof that alerts arrive, and the inbox of last resort",
    options=Options,
    offer=offer,
    workloads=workloads,
    memory_bytes=48 * 1024 * 1024,
)
