"""Which streams a selector means, and in which time slices its rows are best read."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from watchkeeper_store.logql.matching import Matcher
from watchkeeper_store.logql.source import LineFilter, LineFilterOperator
from watchkeeper_store.model.rows import I64, RowBatch
from watchkeeper_store.storage.recent import Recent
from watchkeeper_store.storage.segment import Segment
from watchkeeper_store.storage.snapshot import Snapshot
from watchkeeper_store.storage.streams import StreamRegistry
from watchkeeper_store.storage.tokens import may_contain_any
from watchkeeper_wire.loki_labels import LabelPairs

_FEW_NUMBERS = 8


def matching_streams(registry: StreamRegistry, matchers: Sequence[Matcher]) -> dict[int, LabelPairs]:
    """Streams whose labels satisfy all matchers; a missing label is the empty string."""
    if not matchers:
        return dict(registry.items())
    tests: list[tuple[str, Callable[[str], bool]]] = [(m.name, m.predicate()) for m in matchers]
    verdicts: list[dict[str, bool]] = [{} for _ in tests]
    found: dict[int, LabelPairs] = {}
    for number, labels in registry.items():
        named = dict(labels)
        for (name, test), known in zip(tests, verdicts, strict=True):
            value = named.get(name, "")
            verdict = known.get(value)
            if verdict is None:
                verdict = known[value] = test(value)
            if not verdict:
                break
        else:
            found[number] = labels
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class HiddenRows:
    """Rows of these streams in [start_ns, end_ns) whose line passes all filters: deleted, though they are still stored."""

    numbers: frozenset[int]
    filters: tuple[LineFilter, ...]
    start_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What of a snapshot a query touches: the streams, and the batches and segments that have rows of them in time.

    Rows that are ``recent`` are in the segments too, and of any stream. Rows that are ``hidden`` have to be left out; whoever
    counts from sidecars alone must not where there are any.
    """

    streams: dict[int, LabelPairs]
    numbers: I64
    covers_all: bool
    batches: tuple[RowBatch, ...]
    segments: tuple[Segment, ...]
    start_ns: int
    end_ns: int
    recent: Recent | None = None
    hidden: tuple[HiddenRows, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.batches and not self.segments


def select(
    snapshot: Snapshot,
    matchers: Sequence[Matcher],
    start_ns: int,
    end_ns: int,
    filters: Sequence[LineFilter] = (),
    *,
    whole_batches: bool = False,
) -> Selection:
    """The selection for rows in [start_ns, end_ns), without the segments in which no line can pass the filters.

    With ``whole_batches`` it has the rows in memory as they are, for who picks a few of them: those of other streams and times
    too.
    """
    streams = matching_streams(snapshot.registry, matchers)
    numbers = np.array(sorted(streams), dtype=np.int64)
    batches = snapshot.batches
    if not whole_batches:
        batches = tuple(narrowed(batch, numbers, start_ns, end_ns) for batch in snapshot.batches)
    return Selection(
        streams=streams,
        numbers=numbers,
        covers_all=len(numbers) == len(snapshot.registry),
        batches=tuple(batch for batch in batches if len(batch)),
        segments=tuple(
            s for s in snapshot.segments if len(numbers) and has_rows(s, numbers, start_ns, end_ns) and _may_pass(s, filters)
        ),
        start_ns=start_ns,
        end_ns=end_ns,
        recent=snapshot.recent,
        hidden=tuple(_hidden(snapshot, streams, start_ns, end_ns)),
    )


def _hidden(snapshot: Snapshot, streams: Container[int], start_ns: int, end_ns: int) -> Iterator[HiddenRows]:
    for one in snapshot.hidden:
        if one.start_ns < end_ns and one.end_ns > start_ns:
            numbers = frozenset(number for number in matching_streams(snapshot.registry, one.matchers) if number in streams)
            if numbers:
                yield HiddenRows(numbers=numbers, filters=one.line_filters, start_ns=one.start_ns, end_ns=one.end_ns)


def _may_pass(segment: Segment, filters: Sequence[LineFilter]) -> bool:
    """Whether any line of the segment can pass all filters, as far as its word filter knows."""
    return all(
        may_contain_any(segment.words, line_filter.values)
        for line_filter in filters
        if line_filter.operator is LineFilterOperator.CONTAINS
    )


def with_texts(selection: Selection, texts: Sequence[str]) -> Selection:
    """Without the segments of which no row can have fields with all these values, each of letters, digits and the like."""
    if not texts:
        return selection
    segments = tuple(
        segment
        for segment in selection.segments
        if not segment.literal or all(may_contain_any(segment.words, (text,)) for text in texts)
    )
    return replace(selection, segments=segments)


def narrowed(batch: RowBatch, numbers: I64, start_ns: int, end_ns: int) -> RowBatch:
    """The rows of these streams (sorted numbers) in [start_ns, end_ns), in arrival order."""
    rows = rows_inside(batch, numbers, start_ns, end_ns)
    return batch if len(rows) == len(batch) else batch.take(rows)


def rows_inside(batch: RowBatch, numbers: I64, start_ns: int, end_ns: int) -> npt.NDArray[np.intp]:
    """Which rows are of these streams (sorted numbers) and in [start_ns, end_ns)."""
    low, high = batch.span_ns if len(batch) else (end_ns, end_ns)
    if high < start_ns or low >= end_ns or not bool(among(batch.numbers, numbers).any()):
        return np.zeros(0, dtype=np.intp)
    inside = among(batch.streams, numbers)
    if low < start_ns or high >= end_ns:
        inside &= (batch.timestamps_ns >= start_ns) & (batch.timestamps_ns < end_ns)
    return np.flatnonzero(inside)


def among(values: I64, numbers: I64) -> npt.NDArray[np.bool_]:
    """Which values are in a sorted array."""
    if len(numbers) <= _FEW_NUMBERS:  # looked at one by one, these are found several times as fast
        among_few = np.zeros(len(values), dtype=np.bool_)
        for number in numbers.tolist():
            among_few |= values == number
        return among_few
    at = np.minimum(np.searchsorted(numbers, values), len(numbers) - 1)
    found: npt.NDArray[np.bool_] = numbers[at] == values
    return found


def streams_with_rows(segment: Segment, numbers: I64, start_ns: int, end_ns: int) -> npt.NDArray[np.bool_]:
    """Per stream of the segment: is it asked for, and may it have rows in [start_ns, end_ns)."""
    return (segment.stream_min_ns < end_ns) & (segment.stream_max_ns >= start_ns) & among(segment.streams, numbers)


def numbers_with_rows(snapshot: Snapshot, wanted: Iterable[int], start_ns: int, end_ns: int) -> set[int]:
    """Streams with rows in [start_ns, end_ns), judged by the span of each stream per segment and of each hot batch."""
    asked = set(wanted)
    missing = set(asked)
    for segment in reversed(snapshot.segments):
        if not missing:
            break
        if start_ns <= segment.min_ns and segment.max_ns < end_ns:
            missing.difference_update(segment.streams.tolist())
        elif segment.min_ns < end_ns and segment.max_ns >= start_ns:
            inside = (segment.stream_min_ns < end_ns) & (segment.stream_max_ns >= start_ns)
            missing.difference_update(segment.streams[inside].tolist())
    for batch in snapshot.batches:  # after the segments, which are far fewer
        if missing and len(batch) and batch.span_ns[0] < end_ns and batch.span_ns[1] >= start_ns:
            missing.difference_update(batch.numbers.tolist())
    return asked - missing


def has_rows(segment: Segment, numbers: I64, start_ns: int, end_ns: int) -> bool:
    if segment.min_ns >= end_ns or segment.max_ns < start_ns:
        return False
    if len(numbers) <= _FEW_NUMBERS:
        return any(_has_rows_of(segment, number, start_ns, end_ns) for number in numbers.tolist())
    return bool(streams_with_rows(segment, numbers, start_ns, end_ns).any())


def _has_rows_of(segment: Segment, number: int, start_ns: int, end_ns: int) -> bool:
    place = bisect_left(segment.streams, number)
    if place == len(segment.streams) or segment.streams[place] != number:
        return False
    return bool(segment.stream_min_ns[place] < end_ns and segment.stream_max_ns[place] >= start_ns)


def slices(
    selection: Selection, target_rows: int, *, backward: bool, growing: bool, most_rows: int = 1 << 62
) -> Iterator[tuple[int, int]]:
    """Cut the selection's time into pieces [from, to) of about ``target_rows`` rows, in the asked direction.

    Cuts are made where files begin (backward) or end: a piece of a file costs as much to read as the whole file. ``growing``
    makes each piece four times the one before, up to ``most_rows``, for queries that want a few rows and hope to find them in
    the first pieces; the others also cut inside a file that alone has too many rows to be held at once. Density is judged as if
    a stream's rows lay evenly between its first and last.
    """
    low, high, rows = _spans(selection)
    if not len(rows):
        return
    begin = max(selection.start_ns, int(low.min()))
    end = min(selection.end_ns, int(high.max()) + 1)
    marks = np.unique(np.clip(np.concatenate([low if backward else high + 1, [begin, end]]), begin, end))
    if not growing:
        marks = _subdivided(marks, low, high, rows, 2 * target_rows)
    pieces = np.diff(_shares(marks, low, high, rows))
    order = range(len(pieces) - 1, -1, -1) if backward else range(len(pieces))
    taken, first = 0.0, None
    for piece in order:
        first = piece if first is None else first
        taken += float(pieces[piece])
        if taken >= target_rows or piece == order[-1]:
            lowest, highest = (piece, first) if backward else (first, piece)
            yield int(marks[lowest]), int(marks[highest + 1])
            taken, first = 0.0, None
            target_rows = min(4 * target_rows, most_rows) if growing else target_rows


def _shares(marks: I64, low: I64, high: I64, rows: I64) -> npt.NDArray[np.float64]:
    """How many rows lie before each mark."""
    shares = np.zeros(len(marks))
    width = np.maximum(high - low, 1).astype(np.float64)
    for lowest, span, count in zip(low.tolist(), width.tolist(), rows.tolist(), strict=True):
        shares += count * np.clip((marks - lowest).astype(np.float64) / span, 0.0, 1.0)
    return shares


def _subdivided(marks: I64, low: I64, high: I64, rows: I64, most_rows: int) -> I64:
    """More marks between those that have too many rows between them."""
    between = np.diff(_shares(marks, low, high, rows))
    fine = [marks]
    for piece in np.flatnonzero(between > most_rows).tolist():
        begin, end = int(marks[piece]), int(marks[piece + 1])
        count = min(int(between[piece] / most_rows) + 1, 4096, end - begin)
        # in integers: a float of this size is only exact to 256 ns
        fine.append(begin + np.arange(1, count, dtype=np.int64) * ((end - begin) // count))
    return np.unique(np.concatenate(fine))


def _spans(selection: Selection) -> tuple[I64, I64, I64]:
    """(first, last, count) per batch and segment."""
    low = [batch.span_ns[0] for batch in selection.batches]
    high = [batch.span_ns[1] for batch in selection.batches]
    rows = [len(batch) for batch in selection.batches]
    for segment in selection.segments:
        asked = streams_with_rows(segment, selection.numbers, selection.start_ns, selection.end_ns)
        low.append(int(segment.stream_min_ns[asked].min()))
        high.append(int(segment.stream_max_ns[asked].max()))
        rows.append(int(segment.stream_rows[asked].sum()))
    return np.array(low, dtype=np.int64), np.array(high, dtype=np.int64), np.array(rows, dtype=np.int64)
