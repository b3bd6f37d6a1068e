"""The catalogue, as a literal: what is not listed here does not exist."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from watchkeeper.catalogue.alertmanager import recipe as alertmanager
from watchkeeper.catalogue.application import recipe as application
from watchkeeper.catalogue.blackbox_exporter import recipe as blackbox_exporter
from watchkeeper.catalogue.canary import recipe as canary
from watchkeeper.catalogue.console import recipe as console
from watchkeeper.catalogue.mocks import recipe as mocks
from watchkeeper.catalogue.node_exporter import recipe as node_exporter
from watchkeeper.catalogue.prometheus import recipe as prometheus
from watchkeeper.catalogue.scene import Component
from watchkeeper.catalogue.shipper import recipe as shipper
from watchkeeper.catalogue.store import recipe as store

CATALOGUE: Mapping[str, Component] = MappingProxyType(
    {
        "alertmanager": alertmanager.COMPONENT,
        "application": application.COMPONENT,
        "blackbox_exporter": blackbox_exporter.COMPONENT,
        "canary": canary.COMPONENT,
        "console": console.COMPONENT,
        "mocks": mocks.COMPONENT,
        "node_exporter": node_exporter.COMPONENT,
        "prometheus": prometheus.COMPONENT,
        "shipper": shipper.COMPONENT,
        "store": store.COMPONENT,
    }
)
