"""Rows that are durable in the write-ahead log and not yet in a segment, held in memory by generation.

A generation is what one write-ahead file holds. The newest takes rows; the older ones are being written to segments.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from watchkeeper_store.model.fields import FieldNames
from watchkeeper_store.model.rows import RowBatch, compact_rows, join_rows

_SHREDDED_ROWS = 4096
_MERGED_ROWS = 8192  # batches up to this size are joined, so that many tiny pushes do not become many tiny scans


@dataclass(slots=True, eq=False)
class Generation:
    """The rows of one write-ahead file, by tenant, in the order they were acknowledged."""

    wal_number: int
    opened_at: float
    batches: dict[str, list[RowBatch]] = field(default_factory=dict)
    held_bytes: int = 0
    fields: FieldNames = field(default_factory=FieldNames)

    def add(self, tenant: str, rows: RowBatch) -> None:
        held = self.batches.setdefault(tenant, [])
        held.append(rows)
        self.held_bytes += rows.held_bytes
        while len(held) >= 2 and len(held[-2]) < 2 * len(held[-1]) and len(held[-2]) + len(held[-1]) <= _MERGED_ROWS:
            newer, older = held.pop(), held.pop()
            merged = self.fields.with_fields(compact_rows(join_rows([older, newer])), least=_SHREDDED_ROWS)
            self.held_bytes += merged.held_bytes - newer.held_bytes - older.held_bytes
            held.append(merged)

    @property
    def rows(self) -> int:
        return sum(len(batch) for held in self.batches.values() for batch in held)


def hot_rows(generations: Iterable[Generation], tenant: str) -> list[RowBatch]:
    """The batches of one tenant, oldest generation first."""
    return [batch for generation in generations for batch in generation.batches.get(tenant, ())]
