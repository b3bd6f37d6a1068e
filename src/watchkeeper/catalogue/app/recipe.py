"""A slot for the user's application: told where everything is and in which files its passwords lie, scraped and probed."""

from __future__ import annotations

from watchkeeper.catalogue.app.options import AppOptions
from watchkeeper.catalogue.postgres_server.recipe import APP_PASSWORD
from watchkeeper.catalogue.rabbitmq_server.recipe import PASSWORD as RABBITMQ_PASSWORD
from watchkeeper.catalogue.redis_server.recipe import PASSWORD as REDIS_PASSWORD
from watchkeeper.catalogue.scene import Basics, Component, Offer, ProbeOffer, Scene, ScrapeOffer
from watchkeeper.workload.probe import Health, HttpProbe
from watchkeeper.workload.reference import Argument, ConnectAddress, ConnectUrl, SecretPath
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
    environment, secrets, needs = _surroundings(scene)
    return (
        Workload(
            name=NAME,
            component=NAME,
            summary="Your application",
            software=Software(name=NAME, main=NAME, licence="yours", homepage="", sources=(image,)),
            arguments=options.command,
            environment={"PORT": str(options.port), **environment, **options.environment},
            health=Health(ready=healthy, alive=healthy, start_deadline_s=120.0, period_s=10.0),
            resources=Resources(memory_bytes=memory_bytes),
            endpoints=(Endpoint(name="http", port=options.port, browser=True),),
            secrets=secrets,
            needs=needs,
            stop=Stop(grace_s=30.0),
            networks=("app", *(("messaging",) if scene.has("kafka_broker") or scene.has("rabbitmq_server") else ())),
        ),
    )


def _surroundings(scene: Scene) -> tuple[dict[str, Argument], tuple[str, ...], tuple[str, ...]]:
    """Environment, secrets and needs, by what is part of the plan. Passwords are named by their files only."""
    environment: dict[str, Argument] = {}
    secrets: list[str] = []
    needs: list[str] = []
    if scene.has("postgres_server"):
        database = scene.offers["postgres_server"].database
        environment |= {
            "POSTGRES_ADDRESS": ConnectAddress(workload="postgres_server", endpoint="sql"),
            "POSTGRES_DB": database,
            "POSTGRES_PASSWORD_FILE": SecretPath(secret=APP_PASSWORD.name),
        }
        secrets.append(APP_PASSWORD.name)
    if scene.has("redis_server"):
        environment |= {
            "REDIS_ADDRESS": ConnectAddress(workload="redis_server", endpoint="redis"),
            "REDIS_PASSWORD_FILE": SecretPath(secret=REDIS_PASSWORD.name),
        }
        secrets.append(REDIS_PASSWORD.name)
    if scene.has("rabbitmq_server"):
        environment |= {
            "RABBITMQ_ADDRESS": ConnectAddress(workload="rabbitmq_server", endpoint="amqp"),
            "RABBITMQ_PASSWORD_FILE": SecretPath(secret=RABBITMQ_PASSWORD.name),
        }
        secrets.append(RABBITMQ_PASSWORD.name)
    if scene.has("kafka_broker"):
        environment["KAFKA_BROKERS"] = ConnectAddress(workload="kafka_broker", endpoint="internal")
    needs += [name for name in ("kafka_broker", "postgres_server", "rabbitmq_server", "redis_server") if scene.has(name)]
    tracing = next((name for name in ("tempo", "jaeger") if scene.has(name)), "")
    if tracing:
        environment |= {
            "OTEL_EXPORTER_OTLP_ENDPOINT": ConnectUrl(workload=tracing, endpoint="otlp_http"),
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
            "OTEL_SERVICE_NAME": NAME,
        }
    return environment, tuple(secrets), tuple(needs)


COMPONENT = Component(
    name=NAME,
    summary="a slot for your application",
    options=AppOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=256 * 1024 * 1024,
    role="application",
)
