"""Options of the Redis server."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from watchkeeper.catalogue.scene import Options


class RedisServerOptions(Options):
    """What is done when memory is used up."""

    eviction: Literal["noeviction", "allkeys-lru", "allkeys-lfu", "volatile-lru", "volatile-ttl"] = Field(
        default="allkeys-lru", description="Which keys give way when memory is used up; noeviction refuses writes instead."
    )
    max_clients: int = Field(default=500, ge=10, le=100_000, description="Clients at the same time.")
