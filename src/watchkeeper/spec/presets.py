"""Which components a preset starts. A preset is data: names of components, and one sentence for the person who chooses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """``components`` are names of the catalogue; what they need is written out, so that nothing starts unannounced."""

    name: str
    summary: str
    components: tuple[str, ...]


_ALL = (
    Preset(
        name="core",
        summary="Metrics, logs, alerts and a console for one machine, with mock services to try them on.",
        components=(
            "prometheus",
            "alertmanager",
            "node_exporter",
            "blackbox_exporter",
            "store",
            "shipper",
            "mocks",
            "application",
            "slo",
            "security",
            "business",
            "ai",
            "postgres",
            "redis",
            "kafka",
            "rabbitmq",
            "traefik",
            "containers",
            "backup",
            "supervision",
            "canary",
            "console",
        ),
    ),
    # platform, enterprise, vps and ha join here, each with the components it is made of.
)

PRESETS: Mapping[str, Preset] = MappingProxyType({preset.name: preset for preset in _ALL})
