"""Thresholds of the rules about the platform's own processes."""

from __future__ import annotations

from pydantic import Field

from watchkeeper.catalogue.scene import Options


class SupervisionOptions(Options):
    """When the alerts fire."""

    restarts_warning: int = Field(
        default=5, ge=1, description="Unplanned restarts of one component within 15 minutes that warn."
    )
    state_free_warning_ratio: float = Field(
        default=0.1, gt=0, le=1, description="Share of the state folder's disk that must stay free."
    )
