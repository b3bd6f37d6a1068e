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
import numpy.typing as npt

from watchkeeper_store.model.rows import I32, I64, INLINE_BYTES, FieldColumn, Octets, RowBatch, Texts

U64 = npt.NDArray[np.uint64]
U8 = npt.NDArray[np.uint8]
FIELD_PREFIX = "logfmt."
OPEN = -1
"""Code of a row whose line has to be read to know."""
ABSENT = 0
"""Code of a row that has no such key, or has it without a value: to `| logfmt` these are the same."""

BARE, QUOTED, QUOTED_IN_NEED, UNSURE = 1, 2, 4, 8
"""How values stand in lines: some as ``key=value``, some as ``key="value"``, some of the latter with a blank or a sign in the
value, which could not stand bare. Without `UNSURE`, each row that is not open has ``key=`` in its line once if it has a value,
and not at all if it has none, so that a search of the line for it can be answered by the column."""

_ONES, _HIGHS = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
_EQUALS, _QUOTE, _BACKSLASH, _HIGHEST_BLANK = 0x3D, 0x22, 0x5C, 0x20
_REACH = 8  # bytes before a line that may be read

_SAMPLE_PAIR = re.compile(rb'(?:^|(?<= ))([A-Za-z_][A-Za-z0-9_]*)=(?:"([^"\\]*)"|([^\s"=]*))(?= |$)')
_NEEDS_QUOTES = re.compile(rb"[\x00-\x20=]")
_KEY_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9_]{0,23}")
_SAMPLE_ROWS, _GLANCE_ROWS = 192, 24
_MOST_REJECTED = 1000
FEWEST_ROWS = 2048
"""Fewer rows are not worth the search for fields when they arrive."""
_MOST_FIELDS = 16
_MOST_VALUES = 50_000  # of one key and generation: beyond that new values are left open
_LONGEST_VALUE = 32
_WORDS = _LONGEST_VALUE // 8
_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5, 0x85EBCA77C2B2AE63], np.uint64)
_MASKS = np.array([(1 << (8 * size)) - 1 for size in range(8)] + [0xFFFFFFFFFFFFFFFF], dtype=np.uint64)


class FieldValues:
    """Numbers for the values of one key; append-only, so that a number once given stays right. 0 is the empty value."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.values: list[bytes] = [b""]
        self._mixes: U64 = np.zeros(0, dtype=np.uint64)
        self._codes: I32 = np.zeros(0, dtype=np.int32)
        self._words: npt.NDArray[np.uint64] = np.zeros((_WORDS, 1), dtype=np.uint64)
        self._sizes: I64 = np.zeros(1, dtype=np.int64)

    def codes(self, words: list[U64], sizes: I64) -> I32:
        """Codes of values given as zero-padded words, as many as the longest has. Where hashes collide a row is left open."""
        with np.errstate(over="ignore"):
            mixes = sizes.astype(np.uint64) * _MIX[-1]
            for word, factor in zip(words, _MIX, strict=False):
                mixes += word * factor
            mixes ^= mixes >> np.uint64(29)
        with self.lock:
            codes = self._find(mixes)
            fresh = np.flatnonzero(codes < 0)
            if fresh.size and len(self.values) < _MOST_VALUES:
                new, first = np.unique(mixes[fresh], return_index=True)
                self._learn(new, [word[fresh[first]] for word in words], sizes[fresh[first]])
                codes = self._find(mixes)
        right = self._sizes[codes] == sizes
        for known, word in zip(self._words, words, strict=False):
            right &= known[codes] == word
        return np.where(sizes == 0, ABSENT, np.where(right, codes, OPEN)).astype(np.int32)

    def _find(self, mixes: U64) -> I32:
        if not len(self._mixes):
            return np.full(len(mixes), OPEN, dtype=np.int32)
        at = np.minimum(np.searchsorted(self._mixes, mixes), len(self._mixes) - 1)
        return np.where(self._mixes[at] == mixes, self._codes[at], OPEN).astype(np.int32)

    def _learn(self, mixes: U64, words: list[U64], sizes: I64) -> None:
        first = len(self.values)
        padded = np.zeros((_WORDS, len(mixes)), dtype=np.uint64)
        padded[: len(words)] = words
        self.values.extend(row.tobytes()[:size] for row, size in zip(padded.T, sizes.tolist(), strict=True))
        self._words = np.concatenate([self._words, padded], axis=1)
        self._sizes = np.concatenate([self._sizes, sizes])
        codes = np.arange(first, first + len(mixes), dtype=np.int32)
        order = np.argsort(np.concatenate([self._mixes, mixes]), kind="stable")
        self._codes = np.concatenate([self._codes, codes])[order]
        self._mixes = np.concatenate([self._mixes, mixes])[order]


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
    seen = Counter(key for line in sample for key, _, _ in _SAMPLE_PAIR.findall(line) if _KEY_NAME.fullmatch(key))
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
    columns = {key.decode(): np.full(len(lines), OPEN, dtype=np.int32) for key in keys}
    spelling = dict.fromkeys(columns, 0)
    if not keys:
        return {}
    for place, buffer in enumerate(lines.buffers):
        long = np.flatnonzero((lines.views[:, 2] == place) & (lines.views[:, 0] > INLINE_BYTES))
        if not long.size:
            continue
        start = lines.views[long, 3].astype(np.int64)
        order = np.argsort(start, kind="stable")
        rows, start = long[order], start[order]
        end = start + lines.views[rows, 0]
        if int(start[0]) < _REACH or bool((start[1:] < end[:-1]).any()):
            continue  # lines that share bytes: nothing certain can be said line by line
        text = _Text(buffer, start, end)
        for key in keys:
            name = key.decode()
            columns[name][rows], bits = text.codes(key, known.setdefault(name, FieldValues()))
            spelling[name] |= bits
    return {
        key: FieldColumn(codes, known.setdefault(key, FieldValues()).values, spelling[key]) for key, codes in columns.items()
    }


class _Text:
    """Lines in one buffer, in the order in which they lie there, and where the signs are that logfmt is made of.

    Whatever `| logfmt` would make of a line that is not plainly ``key=value key="value"``, is left open; in particular every
    line whose quotes are not all either after ``=`` or before a blank.
    """

    def __init__(self, buffer: Octets, start: I64, end: I64) -> None:
        self._buffer = buffer
        self._start = start
        self._end = end
        self._unaligned = np.ndarray(shape=(len(buffer) - 7,), dtype="<u8", strides=(1,), buffer=buffer.data)
        base, stop = int(start[0]), int(end[-1])
        self._signs = np.flatnonzero(buffer[base:stop] == _EQUALS) + base
        self._before = self._unaligned[self._signs - 8]
        quotes = np.flatnonzero(buffer[base:stop] == _QUOTE) + base
        line = self._lines_of(quotes)
        within = quotes < end[line]
        if not within.all():
            quotes, line = quotes[within], line[within]
        self._quotes, self._quote_line = quotes, line
        counts = np.bincount(line, minlength=len(start))
        self._odd = counts & 1
        self._first_quote = np.cumsum(counts) - counts
        self._quoted_from = np.where(counts > 0, np.append(quotes, 0)[self._first_quote], stop)
        self._regular = self._regular_lines(base, stop)
        self._all_regular = bool(self._regular.all())

    def _lines_of(self, places: I64) -> I64:
        """The line that each place is in, or behind whose end it is; -1 before the first."""
        times, rest = divmod(len(places), len(self._start))
        if times and not rest:  # as many in every line, as in most logs: one look is cheaper than many searches
            lines = np.repeat(np.arange(len(self._start)), times)
            if bool((places >= self._start[lines]).all()) and bool((places < self._end[lines]).all()):
                return lines
        return np.searchsorted(self._start, places, side="right") - 1

    def _regular_lines(self, base: int, stop: int) -> npt.NDArray[np.bool_]:
        buffer, quotes, line = self._buffer, self._quotes, self._quote_line
        regular = np.ones(len(self._start), dtype=bool)
        if not len(quotes):
            return regular
        regular[self._odd == 1] = False
        opens = ((np.arange(len(quotes)) - self._first_quote[line]) & 1) == 0
        opening, closing = quotes[opens], quotes[~opens]
        key_end = buffer[opening - 2]
        good = (buffer[opening - 1] == _EQUALS) & (key_end > _HIGHEST_BLANK) & (key_end != _EQUALS) & (key_end != _QUOTE)
        good &= opening - 2 >= self._start[line[opens]]
        good &= self._one_sign(opening - 1, self._start[line[opens]])
        regular[line[opens][~good]] = False
        bad = (closing + 1 < self._end[line[~opens]]) & (buffer[closing + 1] > _HIGHEST_BLANK)
        regular[line[~opens][bad]] = False
        if b"\\" in buffer.data[base:stop].tobytes():
            escapes = np.flatnonzero(buffer[base:stop] == _BACKSLASH) + base
            owner = np.searchsorted(self._start, escapes, side="right") - 1
            regular[owner[escapes < self._end[owner]]] = False
        return regular

    def _one_sign(self, sign: I64, line_start: I64) -> npt.NDArray[np.bool_]:
        """Whether the word that a sign ends is a key: no other sign in the 24 bytes before it unless a blank is between."""
        if not len(self._signs):
            return np.zeros(len(sign), dtype=bool)
        ordinal = np.searchsorted(self._signs, sign)
        previous = np.where(ordinal > 0, self._signs[np.maximum(ordinal - 1, 0)], -1)
        previous = np.where(previous >= line_start, previous, line_start - 1)
        clear = previous < line_start  # nothing before it in the line that could be a second sign
        for word in range(3):
            at = sign - 8 * (word + 1)
            inside = at > previous
            blanks = _below(self._unaligned[np.maximum(at, 0)], _HIGHEST_BLANK + 1) != 0
            clear |= inside & blanks
            # the last word may reach beyond the other sign: only what lies behind that counts
            partly = (at <= previous) & (at + 8 > previous)
            shift = ((previous + 1 - at).clip(0, 8) * 8).astype(np.uint64)
            rest = np.where(
                shift < 64, self._unaligned[np.maximum(at, 0)] >> np.minimum(shift, np.uint64(63)), _ONES * np.uint64(0xFF)
            )
            size = (8 - (previous + 1 - at)).clip(0, 8)
            clear |= partly & (_below(rest | ~_MASKS[size], _HIGHEST_BLANK + 1) != 0)
        return clear

    def codes(self, key: bytes, values: FieldValues) -> tuple[I32, int]:
        """The column of one key, and how its values are spelled."""
        buffer = self._buffer
        spelled = self._spelled(key)
        sign = self._signs[spelled]
        line = mentioned = self._lines_of(sign)
        token = sign - len(key)
        inside = (line >= 0) & (token >= self._start[line]) & (sign < self._end[line])
        inside &= (token == self._start[line]) | (buffer[token - 1] <= _HIGHEST_BLANK)
        later = np.flatnonzero(inside & (self._quoted_from[line] < sign))
        if later.size:
            quotes_before = np.searchsorted(self._quotes, sign[later]) - self._first_quote[line[later]]
            inside[later[(quotes_before & 1) == 1]] = False
        if not inside.all():
            sign, line = sign[inside], line[inside]
        first = sign + 1
        end = self._end[line]
        quoted = (buffer[first] == _QUOTE) & (first < end)
        first = first + quoted
        size, stopped_by_sign = self._value_sizes(first, end, quoted)
        fitting = (size <= _LONGEST_VALUE) & ~stopped_by_sign
        size = np.where(fitting, size, 0)
        found = values.codes(_words(self._unaligned, first, size), size)
        codes = np.full(len(self._start), ABSENT, dtype=np.int32)
        codes[line] = np.where(fitting, found, OPEN)
        codes[line[1:][line[1:] == line[:-1]]] = OPEN
        if not self._all_regular:  # a line without the key and the sign behind it cannot set it, however unusual it is
            unsure = np.zeros(len(self._start), dtype=bool)
            unsure[mentioned[mentioned >= 0]] = True
            codes[unsure & ~self._regular] = OPEN
        bits = self._settle(key, codes, self._signs[spelled])
        is_quoted = np.zeros(len(codes), dtype=bool)
        is_quoted[line[quoted]] = True
        if bool(np.any((codes > ABSENT) & ~is_quoted)):
            bits |= BARE
        for code in np.unique(codes[(codes > ABSENT) & is_quoted]).tolist():
            bits |= QUOTED_IN_NEED if _NEEDS_QUOTES.search(values.values[code]) else QUOTED
            if bits & QUOTED and bits & QUOTED_IN_NEED:
                break
        return codes, bits

    def _settle(self, key: bytes, codes: I32, signs: I64) -> int:
        """See whether what is spelled like the key and the sign is there as often as the column says; 0 or `UNSURE`.

        A few rows where it is not are opened instead.
        """
        exact = np.ones(len(signs), dtype=bool)
        for offset, byte in enumerate(reversed(key), start=1):
            if byte == 0x5F:
                exact &= self._buffer[signs - offset] == byte
        line = self._lines_of(signs)
        within = (line >= 0) & (signs < self._end[line])
        mentions = np.bincount(line[within], minlength=len(codes))
        mentions[line[within & ~exact]] = 2
        wrong = np.flatnonzero((codes != OPEN) & (mentions != (codes != ABSENT)))
        if wrong.size > len(codes) // 100:
            return UNSURE
        codes[wrong] = OPEN
        return 0

    def _spelled(self, key: bytes) -> npt.NDArray[np.intp]:
        """Which signs have the key, or what `| logfmt` would write like it, right before them."""
        last = key[-8:]
        fixed = bytes(0 if byte == 0x5F else 0xFF for byte in last).rjust(8, b"\0")
        mask, want = np.frombuffer(fixed, "<u8")[0], np.frombuffer(last.rjust(8, b"\0"), "<u8")[0]
        found = np.flatnonzero((self._before & mask) == (want & mask))
        for offset, byte in enumerate(reversed(key), start=1):
            if offset > 8 or byte == 0x5F:
                spelled = self._buffer[np.maximum(self._signs[found] - offset, 0)]
                found = found[(spelled == byte) | (_ALIASES[spelled] if byte == 0x5F else False)]
        return found

    def _value_sizes(self, first: I64, end: I64, quoted: npt.NDArray[np.bool_]) -> tuple[I64, npt.NDArray[np.bool_]]:
        """(size of each value, whether a sign stands where a blank should). Sizes beyond the longest are only "longer"."""
        size = np.full(len(first), _LONGEST_VALUE + 1, dtype=np.int64)
        left = np.arange(len(first))
        for word in range(_WORDS + 1):
            at = first[left] + 8 * word
            octets = self._unaligned[np.minimum(at, len(self._unaligned) - 1)]
            stops = _equal(octets, _QUOTE)
            bare = _below(octets, _HIGHEST_BLANK + 1) | _equal(octets, _EQUALS) | stops
            stops = np.where(quoted[left], stops, bare)
            hit = (stops != 0) | (at + 8 >= end[left])
            size[left[hit]] = np.minimum(8 * word + _lowest_byte(stops[hit]), (end - first)[left[hit]])
            left = left[~hit]
            if not left.size:
                break
        stop = first + size
        behind = self._buffer[np.minimum(stop, len(self._buffer) - 1)]
        return size, ((behind == _EQUALS) | (behind == _QUOTE)) & (stop < end) & ~quoted


def _below(words: U64, limit: int) -> U64:
    """The high bit of the first byte that is below ``limit`` (and perhaps of bytes behind it)."""
    return (words - _ONES * np.uint64(limit)) & ~words & _HIGHS


def _equal(words: U64, byte: int) -> U64:
    """The high bit of the first byte that equals ``byte`` (and perhaps of bytes behind it)."""
    return _below(words ^ (_ONES * np.uint64(byte)), 1)


def _lowest_byte(flags: U64) -> I64:
    """The place of the first flagged byte; 8 where none is."""
    lowest = (flags & (~flags + np.uint64(1))).astype(np.float64)
    exponent = np.frexp(lowest)[1].astype(np.int64) - 1
    return np.where(flags == 0, 8, exponent >> 3)


_ALIASES = np.ones(256, dtype=bool)
_ALIASES[:0x21] = False
_ALIASES[[_EQUALS, _QUOTE]] = False
for _character in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789":
    _ALIASES[_character] = False


def _words(unaligned: U64, start: I64, size: I64) -> list[U64]:
    """Values as zero-padded little-endian words, as many as the longest has."""
    words = []
    for place in range(max(1, -(-int(size.max(initial=0)) // 8))):
        left = np.clip(size - 8 * place, 0, 8)
        at = np.minimum(start + 8 * place, len(unaligned) - 1)
        words.append(unaligned[at] & _MASKS[left])
    return words
