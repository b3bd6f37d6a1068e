"""Options of kafka_exporter."""

from __future__ import annotations

from pydantic import Field

from watchkeeper.catalogue.scene import Options
from watchkeeper.spec.fields import HostPort


class KafkaExporterOptions(Options):
    """Which cluster is watched: the platform's own, or one of yours."""

    target: HostPort | None = Field(
        default=None, description="A broker outside the platform; its own is used otherwise.", examples=["kafka.example:9092"]
    )
