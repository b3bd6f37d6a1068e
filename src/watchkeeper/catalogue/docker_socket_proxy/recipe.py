"""The only one that sees the container engine's socket, and lets others read lists, states and logs through it."""

from __future__ import annotations

from watchkeeper.catalogue.scene import Basics, Component, Offer, Options, Scene
from watchkeeper.workload.probe import ExecProbe, Health
from watchkeeper.workload.reference import ListenHost, ListenPort, text
from watchkeeper.workload.workload import Endpoint, HostAccess, Resources, Workload

NAME = "docker_socket_proxy"
ENDPOINT = "api"
# The proxy anchors each pattern. Nothing that creates, starts, stops or enters a container; no file of a container either.
_READABLE = (
    r"(/v1\.[0-9]+)?/(_ping|version|info|events|images/json|networks"
    r"|containers/json|containers/[a-zA-Z0-9_.-]+/(json|logs|stats))"
)


def offer(options: Options, basics: Basics) -> Offer:
    """Nothing but the way to the engine."""
    return Offer()


def workloads(options: Options, scene: Scene) -> tuple[Workload, ...]:
    """One small process; only the workloads that asked for it are let in."""
    healthy = ExecProbe(program="/healthcheck", timeout_s=5.0)
    return (
        Workload(
            name=NAME,
            component=NAME,
            summary="Lets collectors read what the container engine tells, and no more",
            software=scene.software[NAME],
            arguments=(
                text("-listenip=", ListenHost(endpoint=ENDPOINT)),
                text("-proxyport=", ListenPort(endpoint=ENDPOINT)),
                f"-allowfrom={','.join(scene.engine_clients())}",
                f"-allowGET={_READABLE}",
                r"-allowHEAD=(/v1\.[0-9]+)?/_ping",
                "-loglevel=warn",
                "-allowhealthcheck",
                "-watchdoginterval=60",
                "-stoponwatchdog",
            ),
            health=Health(ready=healthy, alive=healthy, period_s=10.0),
            resources=Resources(memory_bytes=scene.memory_bytes[NAME], cpu_cores=0.5, pids=64),
            endpoints=(Endpoint(name=ENDPOINT, port=2375),),
            host=HostAccess(engine_socket=True),
            exceptions={"docker-socket": "it is the one read-only way to the engine for the collectors"},
        ),
    )


COMPONENT = Component(
    name=NAME,
    summary="read-only way to the container engine",
    options=Options,
    offer=offer,
    workloads=workloads,
    memory_bytes=16 * 1024 * 1024,
)
