"""Options of the example application."""

from __future__ import annotations

from pydantic import Field

from watchkeeper.catalogue.scene import Options
from watchkeeper.spec.fields import Duration


class NetworkMonitorOptions(Options):
    """How busy the example keeps itself."""

    patrol: Duration = Field(
        default=15, ge=0, description="How often its worker has a device checked by itself; 0 for never.", examples=["15s"]
    )
