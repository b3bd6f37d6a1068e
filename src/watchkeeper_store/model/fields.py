"""Values of frequent logfmt keys as columns of their own, found for many lines at once. Pure.

A query that parses lines only to look at one or two fields then reads these columns instead of the lines. The columns say
nothing that is not certain: a line in which anything is unusual (escapes, stray quotes, a key twice) is left open.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from watchkeeper_store.model.rows import I32, I64, INLINE_BYTES, Octets, Texts

U64 = npt.NDArray[np.uint64]
U8 = npt.NDArray[np.uint8]
FIELD_PREFIX = "logfmt."
OPEN = -1
"""Code of a row whose line has to be read to know."""
ABSENT = 0
"""Code of a row that has no such key, or has it without a value: to `| logfmt` these are the same."""

_BLANK, _EQUALS, _QUOTE, _STRANGE = 1, 2, 3, 4
_KINDS = np.zeros(256, dtype=np.uint8)
_KINDS[:0x20] = _STRANGE
_KINDS[ord(" ")] = _BLANK
_KINDS[ord("=")] = _EQUALS
_KINDS[ord('"')] = _QUOTE
_KINDS[ord("\\")] = _STRANGE

_SAMPLE_PAIR = re.compile(rb'(?:^|(?<= ))([A-Za-z_][A-Za-z0-9_]*)=(?:"([^"\\]*)"|([^\s"=]*))(?= |$)')
_KEY_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9_]{0,23}")
_SAMPLE_ROWS = 256
_MOST_FIELDS = 12
_LONGEST_VALUE = 32
_WORDS = _LONGEST_VALUE // 8
_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5, 0x85EBCA77C2B2AE63], np.uint64)
_MASKS = np.array([(1 << (8 * size)) - 1 for size in range(8)] + [0xFFFFFFFFFFFFFFFF], dtype=np.uint64)


class FieldValues:
    """Numbers for the values of one key; append-only, so that a number once given stays right. 0 is the empty value."""

    def __init__(self) -> None:
        self.values: list[bytes] = [b""]
        self._mixes: U64 = np.zeros(0, dtype=np.uint64)
        self._codes: I32 = np.zeros(0, dtype=np.int32)
        self._words: npt.NDArray[np.uint64] = np.zeros((1, _WORDS), dtype=np.uint64)

    def codes(self, words: npt.NDArray[np.uint64], sizes: I64) -> I32:
        """Codes of values given as zero-padded words, shape (rows, words). A rare collision of hashes leaves a row open."""
        with np.errstate(over="ignore"):
            mixes = sizes.astype(np.uint64) * _MIX[-1]
            for place in range(_WORDS):
                mixes = (mixes ^ words[:, place]) * _MIX[place]
        codes = self._find(mixes)
        fresh = np.flatnonzero(codes < 0)
        if fresh.size:
            new, first = np.unique(mixes[fresh], return_index=True)
            self._learn(new, words[fresh[first]], sizes[fresh[first]])
            codes = self._find(mixes)
        return np.where((self._words[codes] == words).all(axis=1), codes, OPEN).astype(np.int32)

    def _find(self, mixes: U64) -> I32:
        if not len(self._mixes):
            return np.full(len(mixes), OPEN, dtype=np.int32)
        at = np.minimum(np.searchsorted(self._mixes, mixes), len(self._mixes) - 1)
        return np.where(self._mixes[at] == mixes, self._codes[at], OPEN).astype(np.int32)

    def _learn(self, mixes: U64, words: npt.NDArray[np.uint64], sizes: I64) -> None:
        first = len(self.values)
        self.values.extend(row.tobytes()[:size] for row, size in zip(words, sizes.tolist(), strict=True))
        self._words = np.concatenate([self._words, words])
        codes = np.arange(first, first + len(mixes), dtype=np.int32)
        order = np.argsort(np.concatenate([self._mixes, mixes]), kind="stable")
        self._codes = np.concatenate([self._codes, codes])[order]
        self._mixes = np.concatenate([self._mixes, mixes])[order]


@dataclass(frozen=True, slots=True)
class _Pairs:
    """All pairs of the regular lines: line, key and value by position."""

    line: I64
    key_start: I64
    key_size: I64
    value_start: I64
    value_size: I64


def frequent_keys(lines: Texts) -> list[bytes]:
    """Keys worth a column, judged by a sample: in many lines, with few values."""
    rows = len(lines)
    sample = [lines.octets(row) for row in range(0, rows, max(1, rows // _SAMPLE_ROWS))]
    seen: Counter[bytes] = Counter()
    values: dict[bytes, set[bytes]] = {}
    for line in sample:
        for key, quoted, bare in _SAMPLE_PAIR.findall(line):
            if _KEY_NAME.fullmatch(key):
                seen[key] += 1
                values.setdefault(key, set()).add(quoted or bare)
    least = len(sample) // 10 + 1
    chosen = [key for key, count in seen.items() if count >= least and len(values[key]) <= max(8, count * 0.6)]
    return sorted(chosen, key=lambda key: len(values[key]))[:_MOST_FIELDS]


def shred(lines: Texts, known: dict[str, FieldValues], keys: list[bytes]) -> dict[str, I32]:
    """Codes per key and row. ``known`` gives each key its values and is added to."""
    columns = {key.decode(): np.full(len(lines), OPEN, dtype=np.int32) for key in keys}
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
        if bool((start[1:] < end[:-1]).any()):
            continue  # lines that share bytes: nothing certain can be said line by line
        regular, pairs = _pairs(buffer, start, end)
        for key in keys:
            values = known.setdefault(key.decode(), FieldValues())
            columns[key.decode()][rows] = _column(buffer, pairs, regular, key, values)
    return columns


def _pairs(buffer: Octets, start: I64, end: I64) -> tuple[npt.NDArray[np.bool_], _Pairs]:
    """(which lines are regular, their pairs). Lines are given in the order in which they lie in the buffer."""
    base, stop = int(start[0]), int(end[-1])
    place = np.flatnonzero(_KINDS[buffer[base:stop]]) + base
    first = np.searchsorted(place, start)
    behind = np.searchsorted(place, end)
    counts = behind - first
    line = np.repeat(np.arange(len(start)), counts)
    # between two lines lie other bytes of the request: take only what is inside
    picked = np.arange(int(counts.sum())) + np.repeat(first - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
    place = place[picked]
    kind = _KINDS[buffer[place]]
    opens = np.concatenate([[0], np.cumsum(counts)[:-1]])
    is_quote = kind == _QUOTE
    quotes = np.cumsum(is_quote) - is_quote
    quotes -= np.repeat(quotes[np.minimum(opens, len(quotes) - 1)], counts) if len(quotes) else 0
    inside = (quotes & 1).astype(bool)
    same_before = np.zeros(len(place), dtype=bool)
    same_before[1:] = line[1:] == line[:-1]
    before = np.where(same_before, np.concatenate([[0], place[:-1]]), start[line] - 1)
    kind_before = np.where(same_before, np.concatenate([[0], kind[:-1]]), _BLANK)
    same_after = np.zeros(len(place), dtype=bool)
    same_after[:-1] = same_before[1:]
    after = np.where(same_after, np.concatenate([place[1:], [0]]), end[line])
    kind_after = np.where(same_after, np.concatenate([kind[1:], [0]]), _BLANK)
    opening, closing = is_quote & ~inside, is_quote & inside
    equals = (kind == _EQUALS) & ~inside
    strange = kind == _STRANGE
    strange |= opening & ~((kind_before == _EQUALS) & (before == place - 1) & same_before)
    strange |= closing & ~((kind_after == _BLANK) & (after == place + 1))
    strange |= equals & ~((kind_before == _BLANK) & (before < place - 1))
    strange |= equals & (kind_after == _EQUALS)
    strange |= equals & (kind_after == _QUOTE) & (after != place + 1)
    odd_quotes = np.bincount(line, weights=is_quote, minlength=len(start)).astype(np.int64) & 1
    regular = (np.bincount(line, weights=strange, minlength=len(start)) == 0) & (odd_quotes == 0)
    at = np.flatnonzero(equals & regular[line])
    quoted = kind_after[at] == _QUOTE
    # the closing quote is the next quote behind the opening one, which directly follows the sign
    quote_places = np.concatenate([place[is_quote], [0]])
    ordinal = np.cumsum(is_quote)[np.minimum(at + 1, len(place) - 1)] if len(place) else at
    value_end = np.where(quoted, quote_places[np.minimum(ordinal, len(quote_places) - 1)], after[at])
    value_start = place[at] + 1 + quoted
    return regular, _Pairs(line[at], before[at] + 1, place[at] - before[at] - 1, value_start, value_end - value_start)


def _column(buffer: Octets, pairs: _Pairs, regular: npt.NDArray[np.bool_], key: bytes, values: FieldValues) -> I32:
    fits = np.flatnonzero(pairs.key_size == len(key))
    spelled = buffer[pairs.key_start[fits][:, None] + np.arange(len(key))]
    # `| logfmt` writes _ for every character that a label may not have, so http.code is http_code there
    same = (spelled == np.frombuffer(key, dtype=np.uint8)) | (
        (_NAME_BYTES[spelled] == 0) & (np.frombuffer(key, np.uint8) == 0x5F)
    )
    found = fits[same.all(axis=1)]
    codes = np.where(regular, ABSENT, OPEN).astype(np.int32)
    line, size = pairs.line[found], pairs.value_size[found]
    fitting = size <= _LONGEST_VALUE
    words = _words(buffer, pairs.value_start[found], np.where(fitting, size, 0))
    codes[line] = np.where(fitting, values.codes(words, np.where(fitting, size, 0)), OPEN)
    codes[line[size == 0]] = ABSENT
    repeated = line[1:][line[1:] == line[:-1]]
    codes[repeated] = OPEN
    return codes


_NAME_BYTES = np.zeros(256, dtype=np.uint8)
for _character in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_":
    _NAME_BYTES[_character] = 1


def _words(buffer: Octets, start: I64, size: I64) -> npt.NDArray[np.uint64]:
    """Values as zero-padded little-endian words; the buffer is readable for `_LONGEST_VALUE` bytes behind every start."""
    words = np.zeros((len(start), _WORDS), dtype=np.uint64)
    unaligned = np.ndarray(shape=(len(buffer) - 7,), dtype="<u8", strides=(1,), buffer=buffer.data)
    for place in range(_WORDS):
        left = np.clip(size - 8 * place, 0, 8)
        some = np.flatnonzero(left)
        if not some.size:
            break
        words[some, place] = unaligned[start[some] + 8 * place] & _MASKS[left[some]]
    return words
