"""Thresholds of the rules about Kafka."""

from __future__ import annotations

from pydantic import Field

from watchkeeper.catalogue.scene import Options


class KafkaOptions(Options):
    """When the alerts fire."""

    brokers: int = Field(default=3, ge=1, description="Brokers the cluster should have.")
    lag_warning: int = Field(
        default=1000, ge=1, description="Messages a consumer group may be behind in one topic before that warns."
    )
