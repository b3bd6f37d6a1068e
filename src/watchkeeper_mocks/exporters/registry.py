"""Which pretend exporters there are: a literal table, so that adding one is one line."""

from collections.abc import Callable, Mapping

from watchkeeper_mocks.exporters import (
    ai,
    application,
    backup,
    business,
    container,
    kafka,
    node,
    postgres,
    rabbitmq,
    redis,
    traces,
    traefik,
)
from watchkeeper_mocks.exposition import Page
from watchkeeper_mocks.flows.snapshot import Snapshot

Writer = Callable[[Page, Snapshot], None]

EXPORTERS: Mapping[str, Mapping[str, Writer]] = {
    "ai": {"metrics": ai.write},
    "application": {"metrics": application.write},
    "backup": {"metrics": backup.write},
    "business": {"metrics": business.write},
    "container": {"metrics": container.write},
    "kafka": {"metrics": kafka.write},
    "node": {"metrics": node.write},
    "postgres": {"metrics": postgres.write},
    "rabbitmq": {
        "metrics": rabbitmq.write,
        "metrics/per-object": rabbitmq.write_per_object,
        "metrics/detailed": rabbitmq.write_detailed,
    },
    "redis": {"metrics": redis.write},
    "traces": {"metrics": traces.write},
    "traefik": {"metrics": traefik.write},
}
"""Name → path below `/exporters/NAME/` → what writes the page."""
