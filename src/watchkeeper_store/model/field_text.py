"""Values of logfmt keys in lines of any kind, found for many lines at once. Pure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from watchkeeper_store.model.field_codes import ABSENT, BARE, OPEN, UNSURE
from watchkeeper_store.model.field_values import LONGEST_VALUE, FieldValues
from watchkeeper_store.model.rows import I32, I64, Octets
from watchkeeper_wire.octet_words import MASKS, below, equal, lowest_byte, places_of, words_at, words_of

_EQUALS, _QUOTE, _HIGHEST_BLANK = 0x3D, 0x22, 0x20
_ALIASES = np.ones(256, dtype=bool)
_ALIASES[:0x21] = False
_ALIASES[[_EQUALS, _QUOTE]] = False
for _character in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789":
    _ALIASES[_character] = False


class AnyLines:
    """Lines in one buffer, in the order in which they lie there, and where the signs are that logfmt is made of.

    Whatever `| logfmt` would make of a line that is not plainly ``key=value key="value"``, is left open; in particular every
    line whose quotes are not all either after ``=`` or before a blank. Of a key whose spelling in more than ``most_wrong``
    lines is not as its column says, the column is `UNSURE`.
    """

    def __init__(self, buffer: Octets, start: I64, end: I64, most_wrong: int) -> None:
        self._buffer = buffer
        self._start = start
        self._end = end
        self._most_wrong = most_wrong
        self._unaligned = words_of(buffer)
        base, stop = int(start[0]), int(end[-1])
        self._signs = places_of(buffer, base, stop, b"=")
        self._before = self._unaligned[self._signs - 8]
        quotes = places_of(buffer, base, stop, b'"')
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
        escapes = places_of(buffer, base, stop, b"\\")
        if escapes.size:
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
            blanks = below(self._unaligned[np.maximum(at, 0)], _HIGHEST_BLANK + 1) != 0
            clear |= inside & blanks
            # the last word may reach beyond the other sign: only what lies behind that counts
            partly = (at <= previous) & (at + 8 > previous)
            shift = ((previous + 1 - at).clip(0, 8) * 8).astype(np.uint64)
            rest = np.where(shift < 64, self._unaligned[np.maximum(at, 0)] >> np.minimum(shift, np.uint64(63)), MASKS[8])
            size = (8 - (previous + 1 - at)).clip(0, 8)
            clear |= partly & (below(rest | ~MASKS[size], _HIGHEST_BLANK + 1) != 0)
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
        fitting = (size <= LONGEST_VALUE) & ~stopped_by_sign
        size = np.where(fitting, size, 0)
        found = values.codes(words_at(self._unaligned, first, size), size)
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
        bits |= values.spellings(codes[is_quoted])
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
        if wrong.size > self._most_wrong:
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
        size = np.full(len(first), LONGEST_VALUE + 1, dtype=np.int64)
        left = np.arange(len(first))
        for word in range(LONGEST_VALUE // 8 + 1):
            at = first[left] + 8 * word
            octets = self._unaligned[np.minimum(at, len(self._unaligned) - 1)]
            stops = equal(octets, _QUOTE)
            bare = below(octets, _HIGHEST_BLANK + 1) | equal(octets, _EQUALS) | stops
            stops = np.where(quoted[left], stops, bare)
            hit = (stops != 0) | (at + 8 >= end[left])
            size[left[hit]] = np.minimum(8 * word + lowest_byte(stops[hit]), (end - first)[left[hit]])
            left = left[~hit]
            if not left.size:
                break
        stop = first + size
        behind = self._buffer[np.minimum(stop, len(self._buffer) - 1)]
        return size, ((behind == _EQUALS) | (behind == _QUOTE)) & (stop < end) & ~quoted
