"""Options of the blackbox exporter."""

from __future__ import annotations

from pydantic import Field

from watchkeeper.catalogue.scene import Options


class BlackboxExporterOptions(Options):
    """When the alerts about probes and certificates fire."""

    probe_warning_s: float = Field(
        default=3.0, gt=0, description="Seconds a probe may take, averaged over five minutes, before that warns."
    )
    certificate_warning_days: int = Field(default=14, ge=1, description="Days before the end of a certificate that warn.")
    certificate_critical_days: int = Field(
        default=3, ge=1, description="Days before the end of a certificate that are critical."
    )
