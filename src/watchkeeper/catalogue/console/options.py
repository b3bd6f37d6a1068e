"""Options of the console."""

from __future__ import annotations

from pydantic import Field

from watchkeeper.catalogue.scene import Options


class ConsoleOptions(Options):
    """When the alerts about the console fire."""

    sign_in_page_warning_s: float = Field(
        default=1.0, gt=0, description="95th percentile of the sign-in page, in seconds, that warns."
    )
    sessions_warning: int = Field(default=200, ge=1, description="Sessions open at a time that warn.")
