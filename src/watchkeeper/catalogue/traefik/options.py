"""Thresholds of the rules about Traefik."""

from __future__ import annotations

from pydantic import Field

from watchkeeper.catalogue.scene import Options


class TraefikOptions(Options):
    """When the alerts fire."""

    errors_critical_ratio: float = Field(
        default=0.05, gt=0, le=1, description="Share of a service's requests answered with 5xx that is critical."
    )
    latency_warning_s: float = Field(
        default=2.0, gt=0, description="95th percentile of a service's answers, in seconds, that warns."
    )
    certificate_warning_days: int = Field(default=14, ge=1, description="Days before the end of a certificate that warn.")
    certificate_critical_days: int = Field(
        default=7, ge=1, description="Days before the end of a certificate that are critical."
    )
