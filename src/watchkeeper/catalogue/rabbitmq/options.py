"""Thresholds of the rules about RabbitMQ."""

from __future__ import annotations

from pydantic import Field

from watchkeeper.catalogue.scene import Options


class RabbitmqOptions(Options):
    """When the alerts fire."""

    ready_warning: int = Field(default=1000, ge=1, description="Messages that may wait in all queues before that warns.")
    file_descriptors_warning_ratio: float = Field(
        default=0.8, gt=0, le=1, description="Share of file descriptors in use that warns."
    )
