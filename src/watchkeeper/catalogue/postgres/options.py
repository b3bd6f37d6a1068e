"""Thresholds of the rules about PostgreSQL."""

from __future__ import annotations

from pydantic import Field

from watchkeeper.catalogue.scene import Options


class PostgresOptions(Options):
    """When the alerts fire."""

    connections_warning_ratio: float = Field(default=0.8, gt=0, le=1, description="Share of max_connections in use that warns.")
    query_warning_s: float = Field(
        default=0.05, gt=0, description="Mean duration of all statements over five minutes, in seconds, that warns."
    )
    open_transaction_warning_s: int = Field(
        default=120, ge=1, description="Seconds a transaction may stay open and idle before that warns."
    )
    rollbacks_warning_ratio: float = Field(default=0.1, gt=0, le=1, description="Share of transactions rolled back that warns.")
    cache_hits_warning_ratio: float = Field(
        default=0.9, gt=0, le=1, description="Share of blocks that must be found in the buffer cache."
    )
    deadlocks_warning: int = Field(default=5, ge=1, description="Deadlocks within 15 minutes that warn.")
    replication_lag_warning_s: int = Field(default=30, ge=1, description="Seconds a replica may be behind before that warns.")
