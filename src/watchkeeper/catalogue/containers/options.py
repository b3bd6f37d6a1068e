"""Thresholds of the rules about containers."""

from __future__ import annotations

from pydantic import Field

from watchkeeper.catalogue.scene import Options


class ContainersOptions(Options):
    """When the alerts fire."""

    memory_warning_ratio: float = Field(
        default=0.9, gt=0, le=1, description="Share of its memory limit a container may use before that warns."
    )
    restarts_warning: int = Field(default=5, ge=1, description="Restarts of one container within 15 minutes that warn.")
    throttled_warning_ratio: float = Field(
        default=0.25, gt=0, le=1, description="Share of CPU periods in which a container had to wait that warns."
    )
