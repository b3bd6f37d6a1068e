"""cAdvisor: what each container uses, as the kernel counts it."""

from __future__ import annotations

from watchkeeper.catalogue.docker_socket_proxy.recipe import ENDPOINT
from watchkeeper.catalogue.docker_socket_proxy.recipe import NAME as PROXY
from watchkeeper.catalogue.go import go_environment
from watchkeeper.catalogue.scene import Basics, Component, Offer, Options, Scene, ScrapeOffer
from watchkeeper.workload.probe import Health, HttpProbe
from watchkeeper.workload.reference import ConnectAddress, ListenHost, ListenPort, text
from watchkeeper.workload.workload import Endpoint, HostAccess, Resources, Workload

NAME = "cadvisor"
# Series that nobody asks for and that cost most of its memory.
_LEFT_OUT = (
    *("advtcp", "cpu_topology", "cpuset", "hugetlb", "memory_numa", "percpu", "perf_event", "process", "referenced_memory"),
    *("resctrl", "sched", "tcp", "udp"),
)


def offer(options: Options, basics: Basics) -> Offer:
    """The job that the mocks stand in for until now; it reads the engine's API for names."""
    return Offer(scrapes=(ScrapeOffer(job="container", workload=NAME),), engine_clients=(NAME,))


def workloads(options: Options, scene: Scene) -> tuple[Workload, ...]:
    """One process that sees the machine's control groups."""
    memory_bytes = scene.memory_bytes[NAME]
    healthy = HttpProbe(endpoint="http", path="/healthz", contains="ok", timeout_s=3.0)
    return (
        Workload(
            name=NAME,
            component=NAME,
            summary="Metrics of each container",
            software=scene.software[NAME],
            arguments=(
                "--logtostderr",
                text("--listen_ip=", ListenHost(endpoint="http")),
                text("--port=", ListenPort(endpoint="http")),
                text("--docker=tcp://", ConnectAddress(workload=PROXY, endpoint=ENDPOINT)),
                "--docker_only=true",
                "--housekeeping_interval=15s",
                "--store_container_labels=false",
                "--whitelisted_container_labels=com.docker.compose.service,com.docker.compose.project",
                f"--disable_metrics={','.join(_LEFT_OUT)}",
            ),
            environment=go_environment(memory_bytes),
            health=Health(ready=healthy, alive=healthy, start_deadline_s=60.0, period_s=10.0),
            resources=Resources(memory_bytes=memory_bytes),
            endpoints=(Endpoint(name="http", port=8080),),
            needs=(PROXY,),
            host=HostAccess(host_metrics=True),
            exceptions={"root": "control groups and the file systems of other containers can be read by root only"},
        ),
    )


COMPONENT = Component(
    name=NAME,
    summary="metrics of each container",
    options=Options,
    offer=offer,
    workloads=workloads,
    memory_bytes=96 * 1024 * 1024,
    needs=(PROXY,),
)
