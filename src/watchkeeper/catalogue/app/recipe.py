"""A slot for the user's application: told where everything is and in which files its passwords lie, scraped and probed."""

from __future__ import annotations

from watchkeeper.catalogue.app.options import AppOptions
from watchkeeper.catalogue.scene import Basics, Component, Offer, ProbeOffer, Scene, ScrapeOffer
from watchkeeper.catalogue.surroundings import surroundings
from watchkeeper.workload.probe import Health, HttpProbe
from watchkeeper.workload.reference import ConnectUrl
from watchkeeper.workload.software import Image, Software
from watchkeeper.workload.workload import Endpoint, Resources, Stop, Workload

NAME = "app"


def offer(options: AppOptions, basics: Basics) -> Offer:
    """Its metrics, under the name that the rules know, and a probe of its health from outside."""
    health = ConnectUrl(workload=NAME, endpoint="http", path=options.health)
    return Offer(
        scrapes=(ScrapeOffer(job="application", workload=NAME, path=options.metrics, interval_s=15, network="app"),),
        probes=(ProbeOffer(name="application health", target=health),),
    )


def workloads(options: AppOptions, scene: Scene) -> tuple[Workload, ...]:
    """One container. It starts when everything it is built on is ready."""
    memory_bytes = scene.memory_bytes[NAME]
    healthy = HttpProbe(endpoint="http", path=options.health, timeout_s=5.0)
    image = Image(reference=options.image, user=options.user, tools=options.tools)
    around = surroundings(scene, trace_stores=("tempo", "jaeger"))
    return (
        Workload(
            name=NAME,
            component=NAME,
            summary="Your application",
            software=Software(name=NAME, main=NAME, licence="yours", homepage="", sources=(image,)),
            arguments=options.command,
            environment={"PORT": str(options.port), "OTEL_SERVICE_NAME": NAME, **around.environment, **options.environment},
            health=Health(ready=healthy, alive=healthy, start_deadline_s=120.0, period_s=10.0),
            resources=Resources(memory_bytes=memory_bytes),
            endpoints=(Endpoint(name="http", port=options.port, browser=True),),
            secrets=around.secrets,
            needs=around.needs,
            stop=Stop(grace_s=30.0),
            networks=("app", *(("messaging",) if scene.has("kafka_broker") or scene.has("rabbitmq_server") else ())),
        ),
    )


COMPONENT = Component(
    name=NAME,
    summary="a slot for your application",
    options=AppOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=256 * 1024 * 1024,
    role="application",
)
