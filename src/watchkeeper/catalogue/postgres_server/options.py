"""Options of the PostgreSQL server."""

from __future__ import annotations

from pydantic import Field

from watchkeeper.catalogue.scene import Options


class PostgresServerOptions(Options):
    """The application's database, and what the server writes down."""

    database: str = Field(default="app", pattern="^[a-z][a-z0-9_]{0,62}$", description="The application's database.")
    user: str = Field(
        default="app", pattern="^[a-z][a-z0-9_]{0,62}$", description="Owner of the database, with a generated password."
    )
    max_connections: int = Field(default=50, ge=10, le=10_000, description="Clients at the same time.")
    slow_query_ms: int = Field(default=250, ge=-1, description="Statements that take longer are logged; -1 logs none.")
