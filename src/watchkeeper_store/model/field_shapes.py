"""Values of logfmt keys in lines of one shape: the same keys in the same order, as one program writes them.

Most lines of a push are like one another. Where they are, one look at each sign tells that a line has exactly the keys of its
shape, and a value ends where the next key begins; nothing has to be searched for. Lines that differ in anything are left to
`field_text`. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from watchkeeper_store.model.field_codes import ABSENT, BARE, OPEN, UNSURE
from watchkeeper_store.model.field_values import LONGEST_VALUE, FieldValues
from watchkeeper_store.model.rows import I32, I64, Octets
from watchkeeper_wire.octet_words import MASKS, U64, below, places_of, words_at, words_of

_EQUALS, _QUOTE, _BLANK = 0x3D, 0x22, 0x20
_MARK = re.compile(rb'[="\\]')
_NOT_IN_A_NAME = re.compile(rb"[^A-Za-z0-9_]")
_CONTROL = re.compile(rb"[\x00-\x20]")
_LONGEST_KEY = 40
_MOST_MARKS = 64
_WORD = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One key of a shape: which of the line's marks is its sign, and whether two quotes follow."""

    key: bytes
    sign: int
    quoted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The pairs of a line, one blank between them; ``leads``: the line begins with the first key."""

    pairs: tuple[Pair, ...]
    leads: bool

    @property
    def marks(self) -> int:
        return sum(3 if pair.quoted else 1 for pair in self.pairs)

    def place_of(self, key: bytes) -> int | None:
        """Which pair has the key; None where none has."""
        return next((place for place, pair in enumerate(self.pairs) if pair.key == key), None)

    def is_certain(self, keys: Sequence[bytes]) -> bool:
        """Whether nothing but a key itself is taken for it: no key twice, none written otherwise, none that ends like it."""
        names = [pair.key for pair in self.pairs]
        spelled = [_NOT_IN_A_NAME.sub(b"_", name) for name in names]
        return len(set(spelled)) == len(spelled) and not any(
            one.endswith(key) and name != key for key in keys for name, one in zip(names, spelled, strict=True)
        )


def shape_of(line: bytes) -> Shape | None:
    """The shape of a line; None for one with anything else in it than ``key=value key="value"`` at its end."""
    marks = [found.start() for found in _MARK.finditer(line)]
    if not 0 < len(marks) <= _MOST_MARKS:
        return None
    pairs: list[Pair] = []
    at = floor = 0
    while at < len(marks):
        sign = marks[at]
        begin = line.rfind(b" ", floor, sign) + 1
        key = line[begin:sign] if begin or not pairs else b""
        if line[sign] != _EQUALS or not 0 < len(key) <= _LONGEST_KEY or _CONTROL.search(key):
            return None
        if pairs and pairs[-1].quoted and begin != floor + 1:
            return None
        quoted = line[sign + 1 : sign + 2] == b'"'
        if quoted and (at + 2 >= len(marks) or line[marks[at + 2]] != _QUOTE):
            return None
        pairs.append(Pair(key=key, sign=at, quoted=quoted))
        at += 3 if quoted else 1
        floor = marks[at - 1] + 1 if quoted else sign
    if pairs[-1].quoted and floor != len(line):
        return None
    return Shape(pairs=tuple(pairs), leads=line.startswith(pairs[0].key + b"="))


class MarkedLines:
    """Lines in one buffer, in the order in which they lie there, and where their signs, quotes and backslashes are."""

    def __init__(self, buffer: Octets, start: I64, end: I64) -> None:
        self._buffer = buffer
        self._unaligned = words_of(buffer)
        self._start, self._end = start, end
        self._marks = places_of(buffer, int(start[0]), int(end[-1]), b'="\\')
        self._first = np.searchsorted(self._marks, start)
        self._count = np.searchsorted(self._marks, end) - self._first

    def shape_among(self, lines: I64) -> Shape | None:
        """The shape of one of these lines, one with as many marks as most of them have."""
        counts = self._count[lines]
        usual = int(np.bincount(counts).argmax())
        line = int(lines[np.flatnonzero(counts == usual)[0]])
        return shape_of(self._buffer[self._start[line] : self._end[line]].tobytes())

    def of_shape(self, shape: Shape, lines: I64) -> AlikeLines | None:
        """Those of the lines that have the shape."""
        lines = lines[self._count[lines] == shape.marks]
        if not lines.size:
            return None
        alike = AlikeLines(self._buffer, self._unaligned, shape, lines, self._start[lines], self._end[lines])
        return alike.confirmed(self._marks, self._first[lines])


class AlikeLines:
    """Lines of one shape, by number. ``values[place]`` are where the values of a pair begin and end."""

    def __init__(self, buffer: Octets, unaligned: U64, shape: Shape, lines: I64, start: I64, end: I64) -> None:
        self._buffer = buffer
        self._unaligned = unaligned
        self._shape = shape
        self.lines = lines
        self._start, self._end = start, end
        self._values: list[tuple[I64, I64]] = []

    def confirmed(self, marks: I64, first: I64) -> AlikeLines | None:
        """Look at every mark, and keep the lines where all are as the shape has them. ``first`` is each line's first mark."""
        pairs = self._shape.pairs
        wrong = np.zeros(len(first), dtype=np.bool_)
        begin = first
        end_of_last = self._end
        values: list[tuple[I64, I64]] = []
        for place in range(len(pairs) - 1, -1, -1):
            pair = pairs[place]
            sign = marks[first + pair.sign]
            begin = sign - len(pair.key)
            is_first = place == 0
            wrong |= self._differ(sign, pair.key, blank_before=not (is_first and self._shape.leads))
            if pair.quoted:
                closing = marks[first + pair.sign + 2]
                wrong |= marks[first + pair.sign + 1] != sign + 1
                wrong |= (self._buffer[sign + 1] != _QUOTE) | (self._buffer[closing] != _QUOTE) | (closing + 1 != end_of_last)
                values.append((sign + 2, closing))
            else:
                values.append((sign + 1, end_of_last))
            end_of_last = begin - 1
        wrong |= (begin != self._start) if self._shape.leads else (begin <= self._start)
        self._values = values[::-1]
        return self._without(wrong)

    def _differ(self, sign: I64, key: bytes, *, blank_before: bool) -> npt.NDArray[np.bool_]:
        """Where a sign is none, or has something else before it than the key (and a blank before that)."""
        text = (b" " if blank_before else b"") + key + b"="
        wrong = np.zeros(len(sign), dtype=np.uint64)
        for behind in range(len(text), 0, -_WORD):
            piece = text[max(0, behind - _WORD) : behind]
            want = np.frombuffer(piece.rjust(_WORD, b"\0"), "<u8")[0]
            found = self._unaligned[sign - (len(text) - behind + _WORD - 1)]
            found ^= want
            if len(piece) < _WORD:
                found >>= np.uint64(8 * (_WORD - len(piece)))
            wrong |= found
        differs: npt.NDArray[np.bool_] = wrong != 0
        return differs

    def _without(self, wrong: npt.NDArray[np.bool_]) -> AlikeLines | None:
        if not bool(wrong.any()):
            return self
        kept = np.flatnonzero(~wrong)
        if not kept.size:
            return None
        left = AlikeLines(self._buffer, self._unaligned, self._shape, self.lines[kept], self._start[kept], self._end[kept])
        left._values = [(first[kept], end[kept]) for first, end in self._values]
        return left

    def with_whole_values(self, keys: Sequence[bytes]) -> AlikeLines | None:
        """Those of which none of these keys has a bare value with a blank in it: for `| logfmt` it would end there."""
        wrong = np.zeros(len(self.lines), dtype=np.bool_)
        for place, pair in enumerate(self._shape.pairs):
            if pair.key in keys and not pair.quoted:
                first, end = self._values[place]
                for word in range(LONGEST_VALUE // _WORD):
                    size = end - first - _WORD * word
                    if word and not bool((size > 0).any()):
                        break
                    octets = self._unaligned[np.minimum(first + _WORD * word, len(self._unaligned) - 1)]
                    octets |= ~MASKS[np.clip(size, 0, _WORD)]
                    wrong |= below(octets, _BLANK + 1) != 0
        return self._without(wrong)

    def codes(self, key: bytes, values: FieldValues) -> tuple[I32, int]:
        """The column of one key, and how its values are spelled."""
        place = self._shape.place_of(key)
        if place is None:
            return np.full(len(self.lines), ABSENT, dtype=np.int32), 0
        first, end = self._values[place]
        size = end - first
        fitting = size <= LONGEST_VALUE
        all_fit = bool(fitting.all())
        size = size if all_fit else np.where(fitting, size, 0)
        codes = values.codes(words_at(self._unaligned, first, size), size)
        if not all_fit:
            codes = np.where(fitting, codes, OPEN).astype(np.int32)
        bits = 0
        empty = np.flatnonzero(end == first)  # the line has the key and the sign, the column would say that it has not
        if empty.size > len(self.lines) // 100:
            bits = UNSURE
        elif empty.size:
            codes[empty] = OPEN
        if self._shape.pairs[place].quoted:
            return codes, bits | values.spellings(codes)
        return codes, bits | (BARE if bool((codes > ABSENT).any()) else 0)
