"""What a query sees of one tenant."""

from __future__ import annotations

from dataclasses import dataclass, field

from watchkeeper_store.deletes.hiding import Hidden
from watchkeeper_store.model.fields import FieldNames
from watchkeeper_store.model.rows import RowBatch
from watchkeeper_store.storage.recent import Recent
from watchkeeper_store.storage.segment import Segment
from watchkeeper_store.storage.streams import StreamRegistry


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What one tenant had stored at one moment: no row twice, none missing, whatever is flushed or dropped meanwhile."""

    batches: tuple[RowBatch, ...]
    segments: tuple[Segment, ...]
    registry: StreamRegistry
    recent: Recent | None = None
    """The newest rows of the segments once more, where they are at hand."""
    hidden: tuple[Hidden, ...] = ()
    """Rows that somebody asked to delete: still stored, and no part of any answer."""
    fields: FieldNames = field(default_factory=FieldNames)
    """Which keys have columns in the newest rows: for those that came in too small pushes to be given columns."""

    def stream_numbers(self) -> set[int]:
        """The streams that have rows."""
        stored = {number for segment in self.segments for number in segment.streams.tolist()}
        return stored.union(*(batch.streams.tolist() for batch in self.batches))
