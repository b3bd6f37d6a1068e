"""Thresholds of the rules about backups."""

from __future__ import annotations

from pydantic import Field

from watchkeeper.catalogue.scene import Options
from watchkeeper.spec.fields import Duration


class BackupOptions(Options):
    """When the alerts fire."""

    max_age: Duration = Field(
        default=86400, gt=0, description="How old the last good backup may be. A day, as a backup is made each day."
    )
    shrunk_ratio: float = Field(
        default=0.5, gt=0, le=1, description="Share of the usual size below which a backup is suspicious."
    )
