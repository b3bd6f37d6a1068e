"""Uptime Kuma: watches services elsewhere and shows a status page."""

from __future__ import annotations

from watchkeeper.catalogue.scene import Basics, Component, Offer, Options, ProbeOffer, Scene
from watchkeeper.workload.probe import ExecProbe, Health
from watchkeeper.workload.reference import ConnectUrl, ListenHost, ListenPort, VolumePath, text
from watchkeeper.workload.workload import Endpoint, Resources, Stop, Volume, Workload

NAME = "uptime_kuma"


def offer(options: Options, basics: Basics) -> Offer:
    """A probe from outside: its metrics need a key that only a person can make in its page."""
    return Offer(probes=(ProbeOffer(name="uptime kuma", target=ConnectUrl(workload=NAME, endpoint="http"), module="http_any"),))


def workloads(options: Options, scene: Scene) -> tuple[Workload, ...]:
    """One process. Its first visitor makes the account, so it stays on this machine's own address until then."""
    memory_bytes = scene.memory_bytes[NAME]
    healthy = ExecProbe(program="extra/healthcheck", timeout_s=10.0)
    old = scene.basics.releases == "seed"
    reason = "the old image has no user of its own and gives its data folder to root"
    return (
        Workload(
            name=NAME,
            component=NAME,
            summary="Watches services elsewhere; status page",
            software=scene.software[NAME],
            arguments=(),
            environment={
                "UPTIME_KUMA_HOST": ListenHost(endpoint="http"),
                "UPTIME_KUMA_PORT": ListenPort(endpoint="http"),
                "DATA_DIR": text(VolumePath(volume="data"), "/"),
                "NODE_OPTIONS": f"--max-old-space-size={memory_bytes * 60 // 100 // (1024 * 1024)}",
                # without it, the first visitor would be asked which database to use
                "UPTIME_KUMA_DB_TYPE": "sqlite",
            },
            health=Health(ready=healthy, alive=healthy, start_deadline_s=180.0, period_s=15.0),
            resources=Resources(memory_bytes=memory_bytes),
            endpoints=(Endpoint(name="http", port=3001, browser=True),),
            volumes=(Volume(name="data"),),
            stop=Stop(grace_s=20.0),
            networks=("monitoring", "edge"),
            exceptions={"root": reason} if old else {},
        ),
    )


COMPONENT = Component(
    name=NAME,
    summary="watches services elsewhere, with a status page",
    options=Options,
    offer=offer,
    workloads=workloads,
    memory_bytes=192 * 1024 * 1024,
)
