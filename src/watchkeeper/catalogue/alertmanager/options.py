"""Options of Alertmanager."""

from __future__ import annotations

from pydantic import Field

from watchkeeper.catalogue.scene import Options
from watchkeeper.spec.fields import Duration


class AlertmanagerOptions(Options):
    """How notifications are grouped, where a route does not say otherwise."""

    group_wait: Duration = Field(default=10, description="How long the first alert of a group waits for its companions.")
    group_interval: Duration = Field(default=60, description="Least time between two notifications about a changed group.")
    repeat_interval: Duration = Field(default=4 * 3600, description="When an unchanged firing group is sent again.")
