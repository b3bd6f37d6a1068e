"""Thresholds of the rules about service level objectives."""

from __future__ import annotations

from pydantic import Field

from watchkeeper.catalogue.scene import Options


class SloOptions(Options):
    """When the alerts fire."""

    availability_objective: float = Field(
        default=0.999, gt=0, lt=1, description="Share of requests that must not fail (status 5xx), over 30 days."
    )
    latency_objective: float = Field(
        default=0.95,
        gt=0,
        lt=1,
        description="Share of requests that must be answered within latency_threshold_s, over 30 days.",
    )
    latency_threshold_s: float = Field(
        default=0.5, gt=0, description="Seconds within which a request counts as fast; one of the histogram's bucket bounds."
    )
