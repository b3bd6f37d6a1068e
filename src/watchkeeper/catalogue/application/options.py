"""Thresholds of the rules about an application."""

from __future__ import annotations

from pydantic import Field

from watchkeeper.catalogue.scene import Options


class ApplicationOptions(Options):
    """When the alerts about an application fire."""

    errors_critical_ratio: float = Field(
        default=0.05, gt=0, le=1, description="Share of requests answered with 5xx that is critical."
    )
    latency_warning_s: float = Field(default=1.0, gt=0, description="95th percentile of requests, in seconds, that warns.")
    query_warning_s: float = Field(
        default=0.1, gt=0, description="95th percentile of database queries, in seconds, that warns."
    )
    cache_hits_warning_ratio: float = Field(default=0.5, gt=0, le=1, description="Share of cache look-ups that must hit.")
    surge_warning_factor: float = Field(
        default=2.5, gt=0, description="Requests per second, as a multiple of the last hour's mean, that are worth a notice."
    )
