"""The distinct values of one logfmt key, numbered, and found for many lines at once. Pure."""

from __future__ import annotations

import re
import threading

import numpy as np
import numpy.typing as npt

from watchkeeper_store.model.field_codes import ABSENT, OPEN, QUOTED, QUOTED_IN_NEED
from watchkeeper_store.model.rows import I32, I64
from watchkeeper_wire.octet_words import U64

LONGEST_VALUE = 32
_WORDS = LONGEST_VALUE // 8
_MOST_VALUES = 50_000  # of one key and generation: beyond that new values are left open
_NEEDS_QUOTES = re.compile(rb"[\x00-\x20=]")
_FEWEST_SLOTS = 256  # a power of two, as they always are
_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5, 0x85EBCA77C2B2AE63], np.uint64)


class FieldValues:
    """Numbers for the values of one key; append-only, so that a number once given stays right. 0 is the empty value.

    Found in a hash table with two slots for each value; the few that find both taken are in ``_homeless``.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.values: list[bytes] = [b""]
        self._slots: I32 = np.zeros(_FEWEST_SLOTS, dtype=np.int32)
        self._homeless: dict[int, int] = {}
        self._mixes: U64 = np.zeros(1, dtype=np.uint64)
        self._words: npt.NDArray[np.uint64] = np.zeros((_WORDS, 1), dtype=np.uint64)
        self._sizes: I64 = np.zeros(1, dtype=np.int64)
        self._need_quotes: npt.NDArray[np.bool_] = np.zeros(1, dtype=np.bool_)

    def codes(self, words: list[U64], sizes: I64) -> I32:
        """Codes of values given as zero-padded words, as many as the longest has; `OPEN` where a value has no number."""
        mixes = sizes.astype(np.uint64)
        mixes *= _MIX[-1]
        for word, factor in zip(words, _MIX, strict=False):
            mixes += word * factor
        with self.lock:
            codes, right = self._find(mixes, words, sizes)
            missed = np.flatnonzero(~right)
            missed = missed[sizes[missed] > 0]
            if missed.size:
                codes[missed] = self._find_rest(mixes[missed], [word[missed] for word in words], sizes[missed])
                right[missed] = self._are(codes[missed], [word[missed] for word in words], sizes[missed])
        if bool(right.all()):
            return codes
        return np.where(sizes == 0, ABSENT, np.where(right, codes, OPEN)).astype(np.int32)

    def spellings(self, codes: I32) -> int:
        """`QUOTED` and `QUOTED_IN_NEED`, as far as quoted rows of these codes have such values."""
        if len(self.values) > 4 * len(codes):
            codes = np.unique(codes)
        present = codes > ABSENT
        need = self._need_quotes[codes] & present
        some = int(np.count_nonzero(need))
        return (QUOTED_IN_NEED if some else 0) | (QUOTED if some < int(np.count_nonzero(present)) else 0)

    def _places(self, mixes: U64) -> tuple[I64, I64]:
        """The two slots of each hash."""
        bits = len(self._slots).bit_length() - 1
        first = (mixes >> np.uint64(64 - bits)).astype(np.int64)
        second = ((mixes ^ mixes >> np.uint64(29)) & np.uint64(len(self._slots) - 1)).astype(np.int64)
        return first, second

    def _find(self, mixes: U64, words: list[U64], sizes: I64) -> tuple[I32, npt.NDArray[np.bool_]]:
        """(code of each value, whether it is the right one)."""
        first, second = self._places(mixes)
        codes = self._slots[first]
        right = self._are(codes, words, sizes)
        missed = np.flatnonzero(~right)
        if missed.size:
            others = self._slots[second[missed]]
            codes[missed] = others
            right[missed] = self._are(others, [word[missed] for word in words], sizes[missed])
        return codes, right

    def _find_rest(self, mixes: U64, words: list[U64], sizes: I64) -> I32:
        """Codes of values that are in neither of their slots, perhaps new ones; 0 when there may be no more."""
        distinct, first, where = np.unique(mixes, return_index=True, return_inverse=True)
        found = np.array([self._homeless.get(mix, 0) for mix in distinct.tolist()], dtype=np.int32)
        fresh = np.flatnonzero(found == 0)
        if fresh.size and len(self.values) < _MOST_VALUES:
            found[fresh] = np.arange(len(self.values), len(self.values) + len(fresh), dtype=np.int32)
            self._learn(distinct[fresh], [word[first[fresh]] for word in words], sizes[first[fresh]])
        return found[where]

    def _are(self, codes: I32, words: list[U64], sizes: I64) -> npt.NDArray[np.bool_]:
        right: npt.NDArray[np.bool_] = self._sizes[codes] == sizes
        for known, word in zip(self._words, words, strict=False):
            right &= known[codes] == word
        return right

    def _learn(self, mixes: U64, words: list[U64], sizes: I64) -> None:
        first = len(self.values)
        padded = np.zeros((_WORDS, len(mixes)), dtype=np.uint64)
        padded[: len(words)] = words
        fresh = [row.tobytes()[:size] for row, size in zip(padded.T, sizes.tolist(), strict=True)]
        self.values.extend(fresh)
        self._words = np.concatenate([self._words, padded], axis=1)
        self._sizes = np.concatenate([self._sizes, sizes])
        self._mixes = np.concatenate([self._mixes, mixes])
        need = np.array([_NEEDS_QUOTES.search(value) is not None for value in fresh], dtype=np.bool_)
        self._need_quotes = np.concatenate([self._need_quotes, need])
        if 4 * len(self.values) > len(self._slots):
            self._slots = np.zeros(1 << (4 * len(self.values)).bit_length() + 1, dtype=np.int32)
            self._homeless.clear()
            first = 1
        self._place(np.arange(first, len(self.values), dtype=np.int32))

    def _place(self, codes: I32) -> None:
        for places in (0, 1):
            slots = self._places(self._mixes[codes])[places]
            free = self._slots[slots] == 0
            self._slots[slots[free]] = codes[free]
            codes = codes[self._slots[slots] != codes]
        self._homeless.update(zip(self._mixes[codes].tolist(), codes.tolist(), strict=True))
