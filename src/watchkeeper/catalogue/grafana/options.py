"""Options of Grafana."""

from __future__ import annotations

from pydantic import Field

from watchkeeper.catalogue.scene import Options
from watchkeeper.spec.fields import Url


class GrafanaOptions(Options):
    """Where it is reached, beyond the shared ``sign_in`` section."""

    public_url: Url | None = Field(
        default=None,
        description="The address people type, where a reverse proxy stands in front.",
        examples=["https://monitoring.example"],
    )
    query_timeout_s: int = Field(default=60, ge=5, le=600, description="Seconds a data source may take to answer.")
