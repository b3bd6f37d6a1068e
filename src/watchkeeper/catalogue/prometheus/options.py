"""Options of Prometheus."""

from __future__ import annotations

from pydantic import Field

from watchkeeper.catalogue.scene import Options


class PrometheusOptions(Options):
    """What a description may say about Prometheus beyond the shared ``scrape`` and ``retention`` sections."""

    log_level: str = Field(
        default="info", pattern="^(debug|info|warn|error)$", description="Least severe level that is logged."
    )
    query_max_samples: int = Field(
        default=50_000_000, ge=1_000, description="Samples one query may load before it is refused.", examples=[50_000_000]
    )
    file_descriptors_warning_ratio: float = Field(
        default=0.8, gt=0, le=1, description="Share of a scraped process' file descriptors in use that warns."
    )
    series_warning: int = Field(default=1000000, ge=1, description="Series in memory that warn of labels with too many values.")
