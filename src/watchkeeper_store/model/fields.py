"""Values of frequent logfmt keys as columns of their own, found for many lines at once. Pure.

A query that parses lines only to look at one or two fields then reads these columns instead of the lines. The columns say
nothing that is not certain: a line in which anything is unusual (escapes, stray quotes, a key twice) is left open.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Collection
from dataclasses import replace

import numpy as np

from watchkeeper_store.model.field_codes import OPEN
from watchkeeper_store.model.field_shapes import AlikeLines, MarkedLines
from watchkeeper_store.model.field_text import AnyLines
from watchkeeper_store.model.field_values import FieldValues
from watchkeeper_store.model.rows import I64, INLINE_BYTES, FieldColumn, RowBatch, Texts, texts_of

_SAMPLE_PAIR = re.compile(rb'(?:^|(?<= ))([A-Za-z_][A-Za-z0-9_]*)=(?:"([^"\\]*)"|([^\s"=]*))(?= |$)')
_KEY_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9_]{0,23}")
_SAMPLE_ROWS, _GLANCE_ROWS = 192, 24
_MOST_REJECTED = 1000
_REACH = 8  # bytes before a line that may be read
_MOST_SHAPES = 6
_SMALL_SHARE = 16  # fewer lines than every so manieth are not worth the look for another shape
FEWEST_ROWS = 2048
"""Fewer rows are not worth the search for fields when they arrive."""
_MOST_FIELDS = 16


class FieldNames:
    """Which keys have columns, and their values: shared by the rows of one generation, so that they go with it."""

    def __init__(self) -> None:
        self.known: dict[str, FieldValues] = {}
        self._rejected: set[bytes] = set()
        self._lock = threading.Lock()

    def with_fields(self, rows: RowBatch, labels: Collection[str] = (), *, least: int | None = None) -> RowBatch:
        """The same rows, with columns for the frequent keys of this generation that are not among ``labels``.

        Fewer rows than ``least`` (`FEWEST_ROWS`) are returned as they are: they are looked at when more have come together.
        """
        if len(rows) < (FEWEST_ROWS if least is None else least) or rows.fields:
            return rows
        self._learn_keys(rows.lines)
        keys = [name.encode() for name in self.known if name not in labels]
        return replace(rows, fields=shred(rows.lines, self.known, keys))

    def _learn_keys(self, lines: Texts) -> None:
        """Add keys that a look at some lines finds, if a longer look says that they are worth a column."""
        seen = key_counts(lines, _GLANCE_ROWS)
        with self._lock:
            if any(key not in self._rejected and key.decode() not in self.known for key in seen):
                chosen = frequent_keys(lines)
                if len(self._rejected) > _MOST_REJECTED:
                    self._rejected.clear()
                self._rejected.update(key for key in seen if key not in chosen)
                for key in chosen[: max(0, _MOST_FIELDS - len(self.known))]:
                    self.known.setdefault(key.decode(), FieldValues())


def _sample(lines: Texts, most: int) -> list[bytes]:
    rows = len(lines)
    return [lines.octets(row) for row in range(0, rows, max(1, rows // most))]


def key_counts(lines: Texts, most: int) -> Counter[bytes]:
    """In how many of some sampled lines each key is, for keys in at least every tenth of them."""
    sample = _sample(lines, most)
    together = Counter(tuple(key for key, _, _ in _SAMPLE_PAIR.findall(line)) for line in sample)
    seen: Counter[bytes] = Counter()
    for keys, times in together.items():  # few: lines of one program have the same keys
        for key in keys:
            seen[key] += times if _KEY_NAME.fullmatch(key) else 0
    return Counter({key: count for key, count in seen.items() if count > len(sample) // 10})


def frequent_keys(lines: Texts) -> list[bytes]:
    """Keys in at least every tenth line that have few values, those with the fewest first."""
    values: dict[bytes, list[bytes]] = {}
    for line in _sample(lines, _SAMPLE_ROWS):
        for key, quoted, bare in _SAMPLE_PAIR.findall(line):
            values.setdefault(key, []).append(quoted or bare)
    frequent = key_counts(lines, _SAMPLE_ROWS)
    distinct = {key: len(set(values[key])) for key in frequent}
    chosen = [key for key, count in frequent.items() if distinct[key] <= max(8, count * 0.75)]
    return sorted(chosen, key=lambda key: distinct[key])[:_MOST_FIELDS]


def shred(lines: Texts, known: dict[str, FieldValues], keys: list[bytes]) -> dict[str, FieldColumn]:
    """A column per key. ``known`` gives each key its values and is added to."""
    if not keys:
        return {}
    found = _Columns(known, keys, len(lines))
    for place, buffer in enumerate(lines.buffers):
        long = np.flatnonzero((lines.views[:, 2] == place) & (lines.views[:, 0] > INLINE_BYTES))
        if not long.size:
            continue
        start = lines.views[long, 3].astype(np.int64)
        if bool((start[1:] < start[:-1]).any()):
            order = np.argsort(start, kind="stable")
            long, start = long[order], start[order]
        end = start + lines.views[long, 0]
        if int(start[0]) < _REACH or bool((start[1:] < end[:-1]).any()):
            continue  # lines that share bytes: nothing certain can be said line by line
        left = found.take_alike(MarkedLines(buffer, start, end), long)
        if not left.size:
            continue
        rest = long[left]
        if 2 * left.size > long.size:
            found.take_any(AnyLines(buffer, start[left], end[left], len(long) // 100), rest)
        else:  # few are left over: they are copied, so that the search goes over nothing else
            few = texts_of([lines.octets(row) for row in rest.tolist()])
            begin = few.views[:, 3].astype(np.int64)
            found.take_any(AnyLines(few.buffers[0], begin, begin + few.views[:, 0], len(long) // 100), rest)
    return found.columns()


class _Columns:
    """The columns of some keys while they are filled; rows that nothing is said of are `OPEN`."""

    def __init__(self, known: dict[str, FieldValues], keys: list[bytes], rows: int) -> None:
        self._values = {key: known.setdefault(key.decode(), FieldValues()) for key in keys}
        self._codes = {key: np.full(rows, OPEN, dtype=np.int32) for key in keys}
        self._spelling = dict.fromkeys(keys, 0)

    def columns(self) -> dict[str, FieldColumn]:
        return {
            key.decode(): FieldColumn(codes, self._values[key].values, self._spelling[key])
            for key, codes in self._codes.items()
        }

    def take_alike(self, marked: MarkedLines, rows: I64) -> I64:
        """Fill in lines of the most frequent shapes; the numbers of the others. ``rows`` says which row each line is."""
        keys = list(self._values)
        left = np.arange(len(rows))
        for _ in range(_MOST_SHAPES):
            shape = marked.shape_among(left)
            alike = None
            if shape is not None and shape.is_certain(keys):
                alike = marked.of_shape(shape, left)
            if alike is not None:
                alike = alike.with_whole_values(keys)
            if alike is None:
                break
            self.take_any(alike, rows[alike.lines])
            if len(alike.lines) == len(left):
                return left[:0]
            is_left = np.ones(len(rows), dtype=np.bool_)
            is_left[alike.lines] = False
            left = left[is_left[left]]
            if len(left) < len(rows) // _SMALL_SHARE:
                break
        return left

    def take_any(self, lines: AlikeLines | AnyLines, rows: I64) -> None:
        for key, values in self._values.items():
            self._codes[key][rows], bits = lines.codes(key, values)
            self._spelling[key] |= bits
