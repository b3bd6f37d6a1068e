"""Options of the mocks."""

from __future__ import annotations

from pydantic import Field

from watchkeeper.catalogue.scene import Options
from watchkeeper.spec.fields import Many

EXPORTERS = (
    *("application", "postgres", "redis", "kafka", "rabbitmq", "traefik", "traces"),
    *("container", "backup", "business", "ai"),
)


class MocksOptions(Options):
    """Which pretend systems exist. Take one out and add a scrape job of your own to switch to the real system."""

    exporters: Many[str] = Field(default=EXPORTERS, description="Mock exporters that are served and scraped.")
    seed: int = Field(default=1, ge=0, description="Same seed and time, same values.")
    log_lines_per_second: float = Field(
        default=5.0, ge=0, le=10_000, description="Pretend log lines written per second, in all."
    )
