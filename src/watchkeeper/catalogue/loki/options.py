"""Options of Loki."""

from __future__ import annotations

from pydantic import Field

from watchkeeper.catalogue.scene import Options
from watchkeeper.spec.fields import Size


class LokiOptions(Options):
    """Limits of what is taken in."""

    ingestion_rate: Size = Field(default=8_000_000, gt=0, description="Bytes of lines a second, for long.", examples=["8MB"])
    ingestion_burst: Size = Field(default=16_000_000, gt=0, description="Bytes of lines at once.", examples=["16MB"])
    max_line_size: Size = Field(default=256 * 1024, gt=0, description="Longer lines are refused.", examples=["256KiB"])
    max_streams: int = Field(default=10_000, ge=1, description="Streams at the same time.")
