"""All long words of lines in memory, as hashes, found for many lines at once. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from watchkeeper_store.model.rows import I64, INLINE_BYTES, Octets, Texts
from watchkeeper_wire.octet_words import MASKS, U64, words_of

SHORTEST = 16
_WORD = 8
_PIECE_BYTES = 1 << 17
_ALL_EIGHT = np.uint64(0x0101010101010101)
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_LAST_FACTOR = np.uint64(0xC2B2AE3D27D4EB4F)
_AROUND = 8  # bytes before the first line and behind the last that may be looked at


def hashes_at(unaligned: U64, begin: I64, size: I64) -> U64:
    """A hash of each word, from the words of eight bytes that begin at each byte of its buffer."""
    hashes = size.astype(np.uint64) * _FACTOR
    active = np.arange(len(size))
    for at in range(0, int(size.max(initial=0)), _WORD):
        left = size[active] - at
        if bool((left <= 0).any()):
            active, left = active[left > 0], left[left > 0]
        octets = unaligned[begin[active] + at] & MASKS[np.minimum(left, _WORD)]
        mixed = (hashes[active] ^ octets) * _FACTOR
        hashes[active] = mixed ^ mixed >> np.uint64(29)
    hashes *= _LAST_FACTOR
    return hashes ^ hashes >> np.uint64(32)


def hash_of(word: bytes) -> int:
    """The same for one word."""
    buffer = np.frombuffer(word + bytes(_WORD), dtype=np.uint8)
    return int(hashes_at(words_of(buffer), np.zeros(1, dtype=np.int64), np.array([len(word)]))[0])


def long_words(texts: Texts) -> tuple[U64, int] | None:
    """(sorted hashes of all words of at least 16 letters and digits, size of the longest); None if it is hard to tell."""
    found: list[U64] = [np.zeros(0, dtype=np.uint64)]
    longest = 0
    rows = np.flatnonzero(texts.views[:, 0] > INLINE_BYTES)
    places = texts.views[rows, 2].astype(np.uint16 if len(texts.buffers) < 1 << 16 else np.int32)  # the short ones sort quickly
    rows = rows[np.argsort(places, kind="stable")]
    behind = np.cumsum(np.bincount(places, minlength=len(texts.buffers)))
    # one for all buffers: a fresh one each would be a page fault for every four thousand bytes of text
    room = np.empty(max((len(buffer) for buffer in texts.buffers), default=0) + 3 * _WORD, dtype=np.bool_)
    for buffer, members in zip(texts.buffers, np.split(rows, behind[:-1]), strict=True):
        if not members.size:
            continue
        start = texts.views[members, 3].astype(np.int64)
        order = np.argsort(start, kind="stable")
        start, end = start[order], (start + texts.views[members, 0])[order]
        if int(start[0]) < _AROUND or len(buffer) - int(end[-1]) < _AROUND or bool((start[1:] < end[:-1]).any()):
            return None
        begin, size = _words_in(buffer, start, end, room)
        found.append(hashes_at(words_of(buffer), begin, size))
        longest = max(longest, int(size.max(initial=0)))
    return distinct(np.concatenate(found)), longest


def distinct(hashes: U64) -> U64:
    """Each hash once, sorted; several times as fast as numpy's ``unique``, which looks for them in a table first."""
    hashes = np.sort(hashes)
    return hashes[np.append(True, hashes[1:] != hashes[:-1])] if len(hashes) else hashes


def _words_in(buffer: Octets, start: I64, end: I64, room: npt.NDArray[np.bool_]) -> tuple[I64, I64]:
    """(begin, size) of every long word in the lines, which lie one behind the other. ``room`` is written over."""
    begin, stop = _runs(buffer, int(start[0]), int(end[-1]), room)
    line = np.searchsorted(start, begin, side="right") - 1
    between = (line < 0) | (begin >= end[np.maximum(line, 0)])  # it begins before the line
    line += between
    begin = np.maximum(begin, start[np.minimum(line, len(start) - 1)])
    crossing = np.flatnonzero(stop > end[line])
    rest = np.array([*_behind_first_line(stop[crossing], line[crossing], start, end)], dtype=np.int64).reshape(-1, 2)
    begin = np.concatenate([begin, rest[:, 0]])
    stop = np.concatenate([np.minimum(stop, end[line]), rest[:, 1]])
    long = stop - begin >= SHORTEST
    return begin[long], (stop - begin)[long]


def _behind_first_line(stop: I64, line: I64, start: I64, end: I64) -> Iterator[tuple[int, int]]:
    """What of runs over several lines lies in the lines behind their first."""
    for last, number in zip(stop.tolist(), line.tolist(), strict=True):
        for other in range(number + 1, len(start)):
            if start[other] >= last:
                break
            yield int(start[other]), min(last, int(end[other]))


def _runs(buffer: Octets, low: int, high: int, room: npt.NDArray[np.bool_]) -> tuple[I64, I64]:
    """(begin, end) of all runs of letters and digits in which eight bytes lie that begin at a multiple of eight."""
    is_letter = room[: _WORD * 2 + -(-(high - low) // _WORD) * _WORD]
    is_letter[:_WORD] = False
    is_letter[_WORD + high - low :] = False
    for at in range(low, high, _PIECE_BYTES):
        piece = buffer[at : min(at + _PIECE_BYTES, high)]
        target = is_letter[at - low + _WORD : at - low + _WORD + len(piece)]
        np.less((piece | np.uint8(0x20)) - np.uint8(0x61), 26, out=target)
        target |= (piece - np.uint8(0x30)) < 10
    words = is_letter.view(np.uint64)
    full = np.flatnonzero(words == _ALL_EIGHT)
    if not full.size:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    border = np.flatnonzero(np.diff(full) != 1)
    first = full[np.concatenate([[0], border + 1])]
    last = full[np.concatenate([border, [len(full) - 1]])]
    before, behind = words[first - 1] ^ _ALL_EIGHT, words[last + 1] ^ _ALL_EIGHT
    begin = first * _WORD - (_WORD - 1 - _byte_of_highest(before))
    end = (last + 1) * _WORD + _byte_of_highest(behind & (~behind + np.uint64(1)))
    return begin + (low - _WORD), end + (low - _WORD)


def _byte_of_highest(bits: U64) -> npt.NDArray[np.int64]:
    """Which byte the highest bit is in; never asked of zero."""
    return (np.frexp(bits.astype(np.float64))[1].astype(np.int64) - 1) >> 3
