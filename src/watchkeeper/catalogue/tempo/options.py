"""Options of Tempo."""

from __future__ import annotations

from pydantic import Field

from watchkeeper.catalogue.scene import Options
from watchkeeper.spec.fields import Duration


class TempoOptions(Options):
    """How long traces are kept."""

    retention: Duration = Field(default=7 * 86_400, ge=3_600, description="How long traces are kept.", examples=["7d"])
