"""The catalogue, as a literal: what is not listed here does not exist."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from watchkeeper.catalogue.ai import recipe as ai
from watchkeeper.catalogue.alertmanager import recipe as alertmanager
from watchkeeper.catalogue.alloy import recipe as alloy
from watchkeeper.catalogue.app import recipe as app
from watchkeeper.catalogue.application import recipe as application
from watchkeeper.catalogue.backup import recipe as backup
from watchkeeper.catalogue.blackbox_exporter import recipe as blackbox_exporter
from watchkeeper.catalogue.business import recipe as business
from watchkeeper.catalogue.cadvisor import recipe as cadvisor
from watchkeeper.catalogue.canary import recipe as canary
from watchkeeper.catalogue.console import recipe as console
from watchkeeper.catalogue.containers import recipe as containers
from watchkeeper.catalogue.docker_socket_proxy import recipe as docker_socket_proxy
from watchkeeper.catalogue.grafana import recipe as grafana
from watchkeeper.catalogue.jaeger import recipe as jaeger
from watchkeeper.catalogue.kafka import recipe as kafka
from watchkeeper.catalogue.kafka_broker import recipe as kafka_broker
from watchkeeper.catalogue.kafka_exporter import recipe as kafka_exporter
from watchkeeper.catalogue.loki import recipe as loki
from watchkeeper.catalogue.mocks import recipe as mocks
from watchkeeper.catalogue.network_monitor import recipe as network_monitor
from watchkeeper.catalogue.node_exporter import recipe as node_exporter
from watchkeeper.catalogue.oauth2_proxy import recipe as oauth2_proxy
from watchkeeper.catalogue.postgres import recipe as postgres
from watchkeeper.catalogue.postgres_exporter import recipe as postgres_exporter
from watchkeeper.catalogue.postgres_server import recipe as postgres_server
from watchkeeper.catalogue.prometheus import recipe as prometheus
from watchkeeper.catalogue.promtail import recipe as promtail
from watchkeeper.catalogue.rabbitmq import recipe as rabbitmq
from watchkeeper.catalogue.rabbitmq_server import recipe as rabbitmq_server
from watchkeeper.catalogue.redis import recipe as redis
from watchkeeper.catalogue.redis_exporter import recipe as redis_exporter
from watchkeeper.catalogue.redis_server import recipe as redis_server
from watchkeeper.catalogue.scene import Component
from watchkeeper.catalogue.security import recipe as security
from watchkeeper.catalogue.shipper import recipe as shipper
from watchkeeper.catalogue.slo import recipe as slo
from watchkeeper.catalogue.store import recipe as store
from watchkeeper.catalogue.supervision import recipe as supervision
from watchkeeper.catalogue.tempo import recipe as tempo
from watchkeeper.catalogue.traefik import recipe as traefik
from watchkeeper.catalogue.traefik_proxy import recipe as traefik_proxy
from watchkeeper.catalogue.uptime_kuma import recipe as uptime_kuma
from watchkeeper.catalogue.zookeeper import recipe as zookeeper

CATALOGUE: Mapping[str, Component] = MappingProxyType(
    {
        "ai": ai.COMPONENT,
        "alertmanager": alertmanager.COMPONENT,
        "alloy": alloy.COMPONENT,
        "app": app.COMPONENT,
        "application": application.COMPONENT,
        "backup": backup.COMPONENT,
        "blackbox_exporter": blackbox_exporter.COMPONENT,
        "business": business.COMPONENT,
        "cadvisor": cadvisor.COMPONENT,
        "canary": canary.COMPONENT,
        "console": console.COMPONENT,
        "containers": containers.COMPONENT,
        "docker_socket_proxy": docker_socket_proxy.COMPONENT,
        "grafana": grafana.COMPONENT,
        "jaeger": jaeger.COMPONENT,
        "kafka": kafka.COMPONENT,
        "kafka_broker": kafka_broker.COMPONENT,
        "kafka_exporter": kafka_exporter.COMPONENT,
        "loki": loki.COMPONENT,
        "mocks": mocks.COMPONENT,
        "network_monitor": network_monitor.COMPONENT,
        "node_exporter": node_exporter.COMPONENT,
        "oauth2_proxy": oauth2_proxy.COMPONENT,
        "postgres": postgres.COMPONENT,
        "postgres_exporter": postgres_exporter.COMPONENT,
        "postgres_server": postgres_server.COMPONENT,
        "prometheus": prometheus.COMPONENT,
        "promtail": promtail.COMPONENT,
        "rabbitmq": rabbitmq.COMPONENT,
        "rabbitmq_server": rabbitmq_server.COMPONENT,
        "redis": redis.COMPONENT,
        "redis_exporter": redis_exporter.COMPONENT,
        "redis_server": redis_server.COMPONENT,
        "security": security.COMPONENT,
        "shipper": shipper.COMPONENT,
        "slo": slo.COMPONENT,
        "store": store.COMPONENT,
        "supervision": supervision.COMPONENT,
        "tempo": tempo.COMPONENT,
        "traefik": traefik.COMPONENT,
        "traefik_proxy": traefik_proxy.COMPONENT,
        "uptime_kuma": uptime_kuma.COMPONENT,
        "zookeeper": zookeeper.COMPONENT,
    }
)
