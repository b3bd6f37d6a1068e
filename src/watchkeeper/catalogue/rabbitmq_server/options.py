"""Options of the RabbitMQ server."""

from __future__ import annotations

from pydantic import Field

from watchkeeper.catalogue.scene import Options


class RabbitmqServerOptions(Options):
    """The first user."""

    user: str = Field(
        default="app", pattern="^[a-z][a-z0-9_-]{0,62}$", description="The application's and administrator's user name."
    )
