"""The example application: three small services on everything that the platform offers (see ``examples/network-monitor``)."""

from __future__ import annotations

from watchkeeper.catalogue.network_monitor.options import NetworkMonitorOptions
from watchkeeper.catalogue.scene import Basics, Component, Offer, ProbeOffer, Scene, ScrapeOffer
from watchkeeper.catalogue.surroundings import surroundings
from watchkeeper.workload.probe import Health, HttpProbe
from watchkeeper.workload.reference import ConnectUrl, ListenAddress, SecretPath
from watchkeeper.workload.workload import Endpoint, Resources, Secret, Stop, Workload

NAME = "network_monitor"
WEB = f"{NAME}_web"
SERVICES = {
    "web": "Example: the API of a network monitor",
    "worker": "Example: checks what the API was asked to check",
    "notifier": "Example: tells of what the checks found",
}
KEY = Secret(name="network-monitor-key", purpose="signs operators in to the example application")
HEALTH = "/api/health"
METRICS = "/api/metrics"


def workload_of(service: str) -> str:
    """The workload that runs one of the services; it is also the service's name in traces."""
    return f"{NAME}_{service}"


def offer(options: NetworkMonitorOptions, basics: Basics) -> Offer:
    """Metrics under the name that the rules know, and a probe of each health page from outside."""
    names = [workload_of(service) for service in SERVICES]
    return Offer(
        scrapes=tuple(ScrapeOffer(job="application", workload=name, path=METRICS, interval_s=10) for name in names),
        probes=tuple(
            ProbeOffer(name=f"{name} health", target=ConnectUrl(workload=name, endpoint="http", path=HEALTH)) for name in names
        ),
        secrets=(KEY,),
    )


def workloads(options: NetworkMonitorOptions, scene: Scene) -> tuple[Workload, ...]:
    """One process for each service. They start when everything that they are built on is ready."""
    around = surroundings(scene, trace_stores=("tempo", "jaeger", "store"))
    health = Health(
        ready=HttpProbe(endpoint="http", path=HEALTH, timeout_s=5.0),
        # a service that is well but has lost its database must not be restarted for that
        alive=HttpProbe(endpoint="http", path="/-/healthy"),
        start_deadline_s=60.0,
    )
    return tuple(
        Workload(
            name=workload_of(service),
            component=NAME,
            summary=summary,
            software=scene.software[NAME],
            arguments=(service, "--listen-address", ListenAddress(endpoint="http")),
            environment={
                **around.environment,
                "NETWORK_MONITOR_KEY_FILE": SecretPath(secret=KEY.name),
                **(_patrol(options) if service == "worker" else {}),
            },
            health=health,
            resources=Resources(memory_bytes=scene.memory_bytes[NAME] // len(SERVICES)),
            endpoints=(Endpoint(name="http", port=8000, published=service == "web"),),
            secrets=(KEY.name, *around.secrets),
            needs=around.needs,
            stop=Stop(grace_s=15.0),
            networks=("app", "messaging", "monitoring"),
        )
        for service, summary in SERVICES.items()
    )


def _patrol(options: NetworkMonitorOptions) -> dict[str, ConnectUrl | str]:
    if not options.patrol:
        return {}
    return {
        "NETWORK_MONITOR_URL": ConnectUrl(workload=WEB, endpoint="http"),
        "NETWORK_MONITOR_PATROL_S": f"{options.patrol_every:g}",
    }


COMPONENT = Component(
    name=NAME,
    summary="example application of three services, to see the platform at work",
    options=NetworkMonitorOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=3 * 112 * 1024 * 1024,
    needs=("kafka_broker", "postgres_server", "rabbitmq_server", "redis_server"),
    role="application",
)
