"""Options of the Kafka broker."""

from __future__ import annotations

from pydantic import Field

from watchkeeper.catalogue.scene import Options
from watchkeeper.spec.fields import Duration, Size


class KafkaBrokerOptions(Options):
    """What topics are made with, and how long they keep their events."""

    retention: Duration = Field(default=7 * 86_400, gt=0, description="How long events are kept.", examples=["7d"])
    retention_size: Size | None = Field(default=None, description="The most disk that one partition may use.", examples=["1GB"])
    partitions: int = Field(default=3, ge=1, le=1_000, description="Partitions of a topic that is made by its first use.")
    create_topics: bool = Field(default=True, description="Make a topic when it is first used.")
