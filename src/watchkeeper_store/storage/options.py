"""What an operator may decide about the storage."""

from __future__ import annotations

from dataclasses import dataclass, field

from watchkeeper_store.storage.retention import Retention


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreOptions:
    """How much may be held in memory, and for how long, before it becomes a segment."""

    flush_bytes: int = 20 * 1024 * 1024
    flush_age_s: float = 1800.0
    most_held_bytes: int = 40 * 1024 * 1024
    rest_s: float = 20.0
    """After so long without a push there is time to flush, when more than ``rest_bytes`` are held, and to merge."""
    rest_bytes: int = 4 * 1024 * 1024
    retention: Retention = field(default_factory=Retention)
