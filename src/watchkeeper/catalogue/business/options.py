"""Thresholds of the rules about the business."""

from __future__ import annotations

from pydantic import Field

from watchkeeper.catalogue.scene import Options


class BusinessOptions(Options):
    """When the alerts fire."""

    payment_failures_warning_ratio: float = Field(
        default=0.1, gt=0, le=1, description="Share of payments declined or failed that warns."
    )
    revenue_warning_ratio: float = Field(
        default=0.5, gt=0, le=1, description="Revenue per visit, as a share of the last day's, below which it warns."
    )
    conversion_warning_ratio: float = Field(
        default=0.5, gt=0, le=1, description="Share of visitors who buy, as a share of the last day's, below which it warns."
    )
    visits_warning_ratio: float = Field(
        default=0.3, gt=0, le=1, description="Visits, as a share of those an hour ago, below which it warns."
    )
