"""Thresholds of the rules about security."""

from __future__ import annotations

from pydantic import Field

from watchkeeper.catalogue.scene import Options


class SecurityOptions(Options):
    """When the alerts fire."""

    failed_sign_ins_warning_ratio: float = Field(default=0.3, gt=0, le=1, description="Share of sign-ins that fail that warns.")
    failed_sign_ins_critical_per_s: float = Field(
        default=1.0, gt=0, description="Failed sign-ins a second into one organisation that are critical."
    )
    forbidden_warning_ratio: float = Field(
        default=0.2, gt=0, le=1, description="Share of requests answered with 401 or 403 that warns."
    )
    console_rejected_warning: int = Field(
        default=20, ge=1, description="Rejected sign-ins to the console within five minutes that warn."
    )
    console_throttled_critical: int = Field(
        default=20,
        ge=1,
        description="Sign-ins to the console within five minutes that came too soon after failures, that are critical.",
    )
