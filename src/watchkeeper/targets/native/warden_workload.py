"""The warden as a workload: what a plan for bare processes contains besides what the user asked for."""

from __future__ import annotations

from watchkeeper.workload.probe import Health, HttpProbe
from watchkeeper.workload.reference import ConfigPath, ListenAddress
from watchkeeper.workload.software import OwnPackage, Software
from watchkeeper.workload.workload import ConfigFile, Endpoint, HostAccess, Resources, Stop, Workload

WARDEN = "warden"
WATCHLIST_FILE = "watchlist.json"
HEARTBEAT_FILE = "heartbeat"
"""Touched after every round, in the warden's own data folder."""


def warden_workload() -> Workload:
    """Liveness, memory limits and resource metrics of every process. It needs nothing, so it starts with the first wave.

    The content of its file is the target's to fill in: it lists every process of the stack.
    """
    healthy = HttpProbe(endpoint="http", path="/-/healthy")
    return Workload(
        name=WARDEN,
        component=WARDEN,
        summary="restarts what hangs, enforces memory limits, measures every process",
        software=Software(
            name="watchkeeper-warden",
            main="python",
            licence="Apache-2.0",
            homepage="",
            sources=(OwnPackage(module="watchkeeper.targets.native.warden"),),
        ),
        arguments=("--listen-address", ListenAddress(endpoint="http"), "--config", ConfigPath(file=WATCHLIST_FILE)),
        health=Health(ready=HttpProbe(endpoint="http", path="/-/ready"), alive=healthy, start_deadline_s=15.0),
        resources=Resources(memory_bytes=48 * 1024 * 1024, cpu_cores=0.25),
        endpoints=(Endpoint(name="http", port=9323),),
        files=(ConfigFile(name=WATCHLIST_FILE, format="json", content={}),),
        reload="HUP",
        stop=Stop(grace_s=5.0),
        host=HostAccess(host_metrics=True),
    )
