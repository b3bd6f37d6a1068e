"""What an application is told of the platform: where everything is, and in which files its passwords lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from watchkeeper.catalogue.postgres_server.recipe import APP_PASSWORD
from watchkeeper.catalogue.rabbitmq_server.recipe import PASSWORD as RABBITMQ_PASSWORD
from watchkeeper.catalogue.redis_server.recipe import PASSWORD as REDIS_PASSWORD
from watchkeeper.catalogue.scene import Scene
from watchkeeper.workload.reference import Argument, ConnectAddress, ConnectUrl, SecretPath

_OTLP_ENDPOINTS: Mapping[str, str] = {"tempo": "otlp_http", "jaeger": "otlp_http", "store": "http"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """``environment`` names passwords by their files only; ``needs`` are the workloads that must be ready before."""

    environment: Mapping[str, Argument]
    secrets: tuple[str, ...]
    needs: tuple[str, ...]


def surroundings(scene: Scene, *, trace_stores: Sequence[str]) -> Surroundings:
    """By what is part of the plan. Spans go to the first of ``trace_stores`` that is."""
    environment: dict[str, Argument] = {}
    secrets: list[str] = []
    if scene.has("postgres_server"):
        offer = scene.offers["postgres_server"]
        environment |= {
            "POSTGRES_ADDRESS": ConnectAddress(workload="postgres_server", endpoint="sql"),
            "POSTGRES_DB": offer.database,
            "POSTGRES_USER": offer.application_user,
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
            "RABBITMQ_USER": scene.offers["rabbitmq_server"].application_user,
            "RABBITMQ_PASSWORD_FILE": SecretPath(secret=RABBITMQ_PASSWORD.name),
        }
        secrets.append(RABBITMQ_PASSWORD.name)
    if scene.has("kafka_broker"):
        environment["KAFKA_BROKERS"] = ConnectAddress(workload="kafka_broker", endpoint="internal")
    needs = [name for name in ("kafka_broker", "postgres_server", "rabbitmq_server", "redis_server") if scene.has(name)]
    tracing = next((name for name in trace_stores if scene.has(name)), "")
    if tracing:
        environment |= {
            "OTEL_EXPORTER_OTLP_ENDPOINT": ConnectUrl(workload=tracing, endpoint=_OTLP_ENDPOINTS[tracing]),
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        }
    return Surroundings(environment=environment, secrets=tuple(secrets), needs=tuple(needs))
