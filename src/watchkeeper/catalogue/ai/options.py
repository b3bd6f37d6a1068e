"""Thresholds of the rules about language models."""

from __future__ import annotations

from pydantic import Field

from watchkeeper.catalogue.scene import Options


class AiOptions(Options):
    """When the alerts fire."""

    cost_warning_factor: float = Field(
        default=3.0, gt=0, description="Cost per second, as a multiple of the last day's mean, that warns."
    )
    budget_warning_ratio: float = Field(
        default=1.0, gt=0, description="Projected cost of a month, as a multiple of an organisation's budget, that warns."
    )
    errors_warning_ratio: float = Field(default=0.1, gt=0, le=1, description="Share of calls that fail that warns.")
    latency_warning_s: float = Field(default=20.0, gt=0, description="95th percentile of calls, in seconds, that warns.")
    cache_hits_warning_ratio: float = Field(
        default=0.1, gt=0, le=1, description="Share of questions that must be answered from the cache."
    )
