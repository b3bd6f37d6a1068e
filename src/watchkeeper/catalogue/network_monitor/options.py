"""Options of the example application."""

from __future__ import annotations

from pydantic import Field

from watchkeeper.catalogue.scene import Options
from watchkeeper.spec.fields import Duration


class NetworkMonitorOptions(Options):
    """How busy the example keeps itself."""

    patrol: bool = Field(default=True, description="Whether its worker has devices checked by itself.")
    patrol_every: Duration = Field(default=15, description="How often it has one checked.", examples=["15s"])
