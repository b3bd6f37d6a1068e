"""Segments that queries still read: their files are removed only when the last reader has let go."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from watchkeeper_store.storage.segment import Segment, remove_segment_files


class Holders:
    """Counts readers per segment; safe from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readers: Counter[str] = Counter()
        self._retired: dict[str, Segment] = {}

    def hold(self, segments: Sequence[Segment]) -> None:
        """Keep the files until `let_go` is called as often."""
        with self._lock:
            self._readers.update(segment.name for segment in segments)

    @contextmanager
    def letting_go(self, segments: Sequence[Segment]) -> Iterator[None]:
        """`let_go` of what is held already, when the context ends."""
        try:
            yield
        finally:
            self.let_go(segments)

    def let_go(self, segments: Sequence[Segment]) -> None:
        gone: list[Segment] = []
        with self._lock:
            for segment in segments:
                self._readers[segment.name] -= 1
                if not self._readers[segment.name]:
                    del self._readers[segment.name]
                    retired = self._retired.pop(segment.name, None)
                    gone += [retired] if retired is not None else []
        for segment in gone:
            remove_segment_files(segment.path)

    def remove(self, segments: Sequence[Segment]) -> None:
        """Remove the files of segments that no new query can see: now, or when their last reader lets go."""
        with self._lock:
            free = [segment for segment in segments if not self._readers[segment.name]]
            self._retired.update((segment.name, segment) for segment in segments if self._readers[segment.name])
        for segment in free:
            remove_segment_files(segment.path)
