"""Options of the log shipper."""

from __future__ import annotations

from pydantic import Field

from watchkeeper.catalogue.scene import Options
from watchkeeper.spec.fields import Duration, Size


class ShipperOptions(Options):
    """What a description may say about the shipper beyond the shared ``logs`` section."""

    buffer_size: Size = Field(
        default=512 * 1024 * 1024, gt=0, description="Disk the shipper may use while the store is away.", examples=["512MiB"]
    )
    lag_warning: Duration = Field(
        default=60, gt=0, description="How long the oldest undelivered line may wait before that warns."
    )
    buffer_warning_ratio: float = Field(default=0.8, gt=0, le=1, description="Share of the buffer in use that warns.")
