"""From rows in memory to segments: all that one flush writes, before any of it counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from watchkeeper_store.model.rows import join_rows
from watchkeeper_store.storage.hot import Generation
from watchkeeper_store.storage.layout import day_name
from watchkeeper_store.storage.partition import parts_of
from watchkeeper_store.storage.recent import Recent, nothing_since
from watchkeeper_store.storage.retention import Retention
from watchkeeper_store.storage.segment import Segment, remove_segment_files, sorted_rows
from watchkeeper_store.storage.streams import StreamRegistry

if TYPE_CHECKING:
    from watchkeeper_store.storage.store import LogStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Flush:
    """The segments of a generation, and what is recent of each of its tenants once they count."""

    generation: Generation
    segments: list[Segment] = field(default_factory=list)
    recent: dict[str, Recent] = field(default_factory=dict)


def write_generation(store: LogStore, generation: Generation, retention: Retention) -> Flush:
    """Write all rows of a generation. Raises OSError, and nothing that was written is left then."""
    flush = Flush(generation=generation)
    try:
        for tenant, batches in generation.batches.items():
            registry = store.registry(tenant)

            def keep_s(stream: int, tenant: str = tenant, registry: StreamRegistry = registry) -> float:
                return retention.keep_s(tenant, registry.labels(stream))

            rows = sorted_rows(join_rows([generation.fields.with_fields(batch, least=1) for batch in batches]))
            with store.snapshot(tenant) as before:
                flush.recent[tenant] = (before.recent or nothing_since(before.segments)).with_flushed(rows)
            for part in parts_of(rows, keep_s):
                flush.segments.append(store.write_part(tenant, day_name(part.day), part.keep_s, part.rows))
    except OSError:
        for segment in flush.segments:
            remove_segment_files(segment.path)
        raise
    return flush
