"""Thresholds of the rules about Redis."""

from __future__ import annotations

from pydantic import Field

from watchkeeper.catalogue.scene import Options


class RedisOptions(Options):
    """When the alerts fire."""

    memory_warning_ratio: float = Field(default=0.9, gt=0, le=1, description="Share of maxmemory in use that warns.")
    clients_warning_ratio: float = Field(default=0.8, gt=0, le=1, description="Share of maxclients in use that warns.")
    hits_warning_ratio: float = Field(default=0.5, gt=0, le=1, description="Share of look-ups that must find their key.")
