"""Questions about streams rather than lines: label names and values, series, how much is stored. Answered from sidecars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from watchkeeper_store.logql.labels import Labels
from watchkeeper_store.logql.matching import Matcher
from watchkeeper_store.query.selection import among, matching_streams, numbers_with_rows
from watchkeeper_store.query.tenants import chosen, tenants_in, with_tenant
from watchkeeper_store.storage.snapshot import Snapshot
from watchkeeper_store.storage.store import LogStore
from watchkeeper_store.storage.streams import StreamRegistry

Selector = tuple[Matcher, ...]


@dataclass(slots=True, kw_only=True)
class StreamSize:
    """How much of a stream lies in a time range; parts of a file or batch are counted in proportion to the time they share."""

    rows: float = 0.0
    octets: float = 0.0


def series(store: LogStore, tenant: str, selectors: Sequence[Selector], start_ns: int, end_ns: int) -> list[Labels]:
    """Label sets that satisfy any selector (all, when there is none) and have rows in the range; in no order."""
    if len(tenants_in(tenant)) > 1:
        return [
            with_tenant(labels, one)
            for one, asked in _asked_of_each(tenant, selectors)
            for labels in series(store, one, asked, start_ns, end_ns)
        ]
    with store.snapshot(tenant) as snapshot:
        found: dict[int, Labels] = {}
        for selector in selectors or [()]:
            found.update(matching_streams(snapshot.registry, selector))
        return [found[number] for number in numbers_with_rows(snapshot, found, start_ns, end_ns)]


def _asked_of_each(tenant: str, selectors: Sequence[Selector]) -> Iterator[tuple[str, list[Selector]]]:
    """Each of several tenants with what is asked of it, without those who are not asked."""
    for one in tenants_in(tenant):
        narrowed = [chosen((one,), selector) for selector in selectors or [()]]
        asked = [selector for meant, selector in narrowed if meant]
        if asked:
            yield one, asked


def label_names(store: LogStore, tenant: str, selector: Selector, start_ns: int, end_ns: int) -> list[str]:
    """Names of labels of the streams that match and have rows in the range; sorted."""
    if (registry := _registry_of_all(store, tenant, selector, start_ns, end_ns)) is not None:
        return registry.names()
    found = series(store, tenant, [selector], start_ns, end_ns)
    return sorted({name for labels in found for name, _ in labels})


def label_values(store: LogStore, tenant: str, selector: Selector, start_ns: int, end_ns: int, name: str) -> list[str]:
    """Values of a label of the streams that match and have rows in the range; sorted."""
    if (registry := _registry_of_all(store, tenant, selector, start_ns, end_ns)) is not None:
        return registry.values(name)
    found = series(store, tenant, [selector], start_ns, end_ns)
    return sorted({value for labels in found for key, value in labels if key == name})


def _registry_of_all(store: LogStore, tenant: str, selector: Selector, start_ns: int, end_ns: int) -> StreamRegistry | None:
    """The streams of a tenant, where all are meant and a file in the range has rows of each: none has to be looked at."""
    if selector or len(tenants_in(tenant)) > 1:
        return None
    registry = store.registry(tenant)
    inside = (one for one in store.segments if one.tenant == tenant and start_ns <= one.min_ns and one.max_ns < end_ns)
    return registry if any(len(segment.streams) == len(registry) for segment in inside) else None


def stream_sizes(
    store: LogStore, tenant: str, selectors: Sequence[Selector], start_ns: int, end_ns: int
) -> tuple[dict[Labels, StreamSize], int]:
    """(size of each matching stream in [start_ns, end_ns), number of files and batches that hold some of it)."""
    if len(tenants_in(tenant)) > 1:
        of_all: dict[Labels, StreamSize] = {}
        chunks = 0
        for one, asked in _asked_of_each(tenant, selectors):
            of_one, some = stream_sizes(store, one, asked, start_ns, end_ns)
            of_all.update((with_tenant(labels, one), size) for labels, size in of_one.items())
            chunks += some
        return of_all, chunks
    with store.snapshot(tenant) as snapshot:
        found: dict[int, Labels] = {}
        for selector in selectors or [()]:
            found.update(matching_streams(snapshot.registry, selector))
        sizes: dict[int, StreamSize] = {}
        chunks = _add_segments(snapshot, sizes, found, start_ns, end_ns) + _add_hot(snapshot, sizes, found, start_ns, end_ns)
        return {found[number]: size for number, size in sizes.items()}, chunks


def _add_segments(
    snapshot: Snapshot, sizes: dict[int, StreamSize], wanted: dict[int, Labels], start_ns: int, end_ns: int
) -> int:
    numbers = np.array(sorted(wanted), dtype=np.int64)
    chunks = 0
    for segment in snapshot.segments:
        inside = (segment.stream_min_ns < end_ns) & (segment.stream_max_ns >= start_ns) & among(segment.streams, numbers)
        if not inside.any():
            continue
        low, high = segment.stream_min_ns[inside], segment.stream_max_ns[inside] + 1
        shared = np.minimum(high, end_ns) - np.maximum(low, start_ns)
        share = shared / (high - low)
        chunks += int(np.count_nonzero(inside))
        for number, rows, octets in zip(
            segment.streams[inside].tolist(),
            (segment.stream_rows[inside] * share).tolist(),
            (segment.stream_bytes[inside] * share).tolist(),
            strict=True,
        ):
            size = sizes.setdefault(number, StreamSize())
            size.rows += rows
            size.octets += octets
    return chunks


def _add_hot(snapshot: Snapshot, sizes: dict[int, StreamSize], wanted: dict[int, Labels], start_ns: int, end_ns: int) -> int:
    chunks = 0
    for batch in snapshot.batches:
        inside = (batch.timestamps_ns >= start_ns) & (batch.timestamps_ns < end_ns)
        numbers, where = np.unique(batch.streams[inside], return_inverse=True)
        rows = np.bincount(where, minlength=len(numbers))
        octets = np.bincount(where, weights=batch.lines.views[inside, 0], minlength=len(numbers))
        chunks += len(numbers)
        for number, count, total in zip(numbers.tolist(), rows.tolist(), octets.tolist(), strict=True):
            if number in wanted:
                size = sizes.setdefault(number, StreamSize())
                size.rows += count
                size.octets += total
    return chunks
