"""The catalogue, as a literal: what is not listed here does not exist."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from watchkeeper.catalogue.ai import recipe as ai
from watchkeeper.catalogue.alertmanager import recipe as alertmanager
from watchkeeper.catalogue.application import recipe as application
from watchkeeper.catalogue.backup import recipe as backup
from watchkeeper.catalogue.blackbox_exporter import recipe as blackbox_exporter
from watchkeeper.catalogue.business import recipe as business
from watchkeeper.catalogue.canary import recipe as canary
from watchkeeper.catalogue.console import recipe as console
from watchkeeper.catalogue.containers import recipe as containers
from watchkeeper.catalogue.kafka import recipe as kafka
from watchkeeper.catalogue.mocks import recipe as mocks
from watchkeeper.catalogue.node_exporter import recipe as node_exporter
from watchkeeper.catalogue.postgres import recipe as postgres
from watchkeeper.catalogue.prometheus import recipe as prometheus
from watchkeeper.catalogue.rabbitmq import recipe as rabbitmq
from watchkeeper.catalogue.redis import recipe as redis
from watchkeeper.catalogue.scene import Component
from watchkeeper.catalogue.security import recipe as security
from watchkeeper.catalogue.shipper import recipe as shipper
from watchkeeper.catalogue.slo import recipe as slo
from watchkeeper.catalogue.store import recipe as store
from watchkeeper.catalogue.supervision import recipe as supervision
from watchkeeper.catalogue.traefik import recipe as traefik

CATALOGUE: Mapping[str, Component] = MappingProxyType(
    {
        "ai": ai.COMPONENT,
        "alertmanager": alertmanager.COMPONENT,
        "application": application.COMPONENT,
        "backup": backup.COMPONENT,
        "blackbox_exporter": blackbox_exporter.COMPONENT,
        "business": business.COMPONENT,
        "canary": canary.COMPONENT,
        "console": console.COMPONENT,
        "containers": containers.COMPONENT,
        "kafka": kafka.COMPONENT,
        "mocks": mocks.COMPONENT,
        "node_exporter": node_exporter.COMPONENT,
        "postgres": postgres.COMPONENT,
        "prometheus": prometheus.COMPONENT,
        "rabbitmq": rabbitmq.COMPONENT,
        "redis": redis.COMPONENT,
        "security": security.COMPONENT,
        "shipper": shipper.COMPONENT,
        "slo": slo.COMPONENT,
        "store": store.COMPONENT,
        "supervision": supervision.COMPONENT,
        "traefik": traefik.COMPONENT,
    }
)
