"""Text in arrays: where bytes are, and eight bytes at a time, as little-endian words. Pure."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

U64: TypeAlias = npt.NDArray[np.uint64]
I64: TypeAlias = npt.NDArray[np.int64]
Octets: TypeAlias = npt.NDArray[np.uint8]
_PIECE_BYTES = 1 << 17  # what is made on the way stays in the cache, and in the heap

_ONES, _HIGHS = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
MASKS = np.array([(1 << (8 * size)) - 1 for size in range(8)] + [0xFFFFFFFFFFFFFFFF], dtype=np.uint64)
"""By size: the first so many bytes of a word."""


def words_of(buffer: Octets) -> U64:
    """The word that begins at each byte of a buffer, without copying it."""
    return np.ndarray(shape=(len(buffer) - 7,), dtype="<u8", strides=(1,), buffer=buffer.data)


def places_of(buffer: Octets, begin: int, end: int, octets: bytes) -> I64:
    """Where any of some bytes are in ``buffer[begin:end]``, as places in the buffer."""
    found: list[I64] = []
    for at in range(begin, end, _PIECE_BYTES):
        piece = buffer[at : min(at + _PIECE_BYTES, end)]
        is_one = piece == octets[0]
        for octet in octets[1:]:
            is_one |= piece == octet
        places = np.flatnonzero(is_one)
        places += at
        found.append(places)
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)


def count_above_ascii(buffer: Octets) -> int:
    """How many bytes are 0x80 or above."""
    whole = len(buffer) // 8 * 8
    count = int(np.count_nonzero(buffer[whole:] & 0x80))
    for at in range(0, whole, _PIECE_BYTES):
        count += int(np.bitwise_count(buffer[at : min(at + _PIECE_BYTES, whole)].view(np.uint64) & _HIGHS).sum())
    return count


def below(words: U64, limit: int) -> U64:
    """The high bit of the first byte that is below ``limit`` (and perhaps of bytes behind it)."""
    return (words - _ONES * np.uint64(limit)) & ~words & _HIGHS


def equal(words: U64, byte: int) -> U64:
    """The high bit of the first byte that equals ``byte`` (and perhaps of bytes behind it)."""
    return below(words ^ (_ONES * np.uint64(byte)), 1)


def lowest_byte(flags: U64) -> I64:
    """The place of the first flagged byte; 8 where none is."""
    lowest = (flags & (~flags + np.uint64(1))).astype(np.float64)
    exponent = np.frexp(lowest)[1].astype(np.int64) - 1
    return np.where(flags == 0, 8, exponent >> 3)


def words_at(unaligned: U64, start: I64, size: I64) -> list[U64]:
    """Values as zero-padded little-endian words, as many as the longest has."""
    words = []
    for place in range(max(1, -(-int(size.max(initial=0)) // 8))):
        left = np.clip(size - 8 * place, 0, 8)
        at = np.minimum(start + 8 * place, len(unaligned) - 1)
        words.append(unaligned[at] & MASKS[left])
    return words
