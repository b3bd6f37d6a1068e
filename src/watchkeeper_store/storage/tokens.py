"""Which long words (trace ids, hashes, request ids) a segment can have: a file beside it, so that a search for one identifier
reads only the files that may hold it.

A word here is a run of at least `SHORTEST` ASCII letters and digits. Text that is searched for may be a part of a longer word,
so a segment is only ever left out when it has no word longer than the one in question. Beside a segment that was just written
lie the hashes themselves; beside a merged one a Bloom filter of them, which is smaller.
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from watchkeeper_store.model.rows import Texts
from watchkeeper_store.storage.durable import write_durably
from watchkeeper_store.storage.word_search import SHORTEST, distinct, hash_of, long_words
from watchkeeper_wire.octet_words import U64

_WORD = re.compile(rf"[0-9A-Za-z]{{{SHORTEST},}}")
_HEADER = struct.Struct("<4sIIQ")
_MD5_FILTER, _FILTER, _LIST = b"WKT1", b"WKT2", b"WKH1"
_PAD = bytes(-_HEADER.size % 8)  # in front of a list, so that its numbers are aligned
_PROBES = 6
_BITS_PER_WORD = 10
_LEAST_BITS = 1 << 10


def words_of(text: str) -> list[tuple[str, bool]]:
    """The long words of a text, each with whether it is whole: not at an end of the text, where it might go on."""
    return [(found[0], found.start() > 0 and found.end() < len(text)) for found in _WORD.finditer(text)]


def md5_of(word: str) -> int:
    """The same number as DuckDB's ``md5_number_lower``."""
    return int.from_bytes(hashlib.md5(word.encode(), usedforsecurity=False).digest()[8:], "little")


def _places(hashes: U64, bits: int) -> U64:
    """The bits of each hash, shape (hashes, probes); ``bits`` is a power of two."""
    low, high = hashes & np.uint64(0xFFFFFFFF), hashes >> np.uint64(32)
    steps = np.arange(_PROBES, dtype=np.uint64)
    return (low[:, None] + steps * (high[:, None] | np.uint64(1))) & np.uint64(bits - 1)


def _write_filter(path: Path, magic: bytes, hashes: U64, longest: int) -> None:
    bits = max(_LEAST_BITS, 1 << int(max(1, _BITS_PER_WORD * len(hashes)) - 1).bit_length())
    field = np.zeros(bits, dtype=np.uint8)
    for at in range(0, len(hashes), 65_536):
        field[_places(hashes[at : at + 65_536], bits).ravel()] = 1
    packed = np.packbits(field, bitorder="little").tobytes()
    write_durably(path, _HEADER.pack(magic, _PROBES, longest, bits) + packed)


def write_word_list(path: Path, lines: Texts) -> None:
    """Write the hashes of all words of a segment that is in memory. Raises OSError."""
    found = long_words(lines)
    if found is not None:
        hashes, longest = found
        write_durably(path, _HEADER.pack(_LIST, 0, longest, len(hashes)) + _PAD + hashes.tobytes())


def write_words(path: Path, cursor: Any, parquet: Path) -> None:
    """Write the filter of a segment on disk, whose words DuckDB finds. Raises OSError."""
    _write_filter(path, _MD5_FILTER, *collect_words(cursor, parquet))


def write_merged_words(path: Path, parts: Sequence[Words | None]) -> bool:
    """Write the filter of a segment that was merged from others, if all of these have lists of words; else False."""
    lists = [part.hashes for part in parts if part is not None and part.hashes is not None]
    if len(lists) < len(parts):
        return False
    longest = max((part.longest for part in parts if part is not None), default=0)
    _write_filter(path, _FILTER, distinct(np.concatenate(lists)), longest)
    return True


def collect_words(cursor: Any, parquet: Path) -> tuple[U64, int]:
    """(hashes of all long words of a file, size of the longest), found by DuckDB."""
    found = cursor.execute(
        "SELECT md5_number_lower(word) AS hash, length(word) AS size FROM "
        "(SELECT DISTINCT unnest(regexp_extract_all(line, $2)) AS word FROM read_parquet($1))",
        [str(parquet), _WORD.pattern],
    ).fetchnumpy()
    sizes = found["size"]
    return np.asarray(found["hash"], dtype=np.uint64), int(sizes.max()) if len(sizes) else 0


class Words:
    """The filter or the list of one segment, mapped from its file: what is never asked for is never read."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._magic, probes, self.longest, self._size = _HEADER.unpack(file.read(_HEADER.size))
        if self._magic not in (_MD5_FILTER, _FILTER, _LIST) or probes != (0 if self._magic == _LIST else _PROBES):
            raise ValueError(f"cannot read {path}: not a word filter of this version")
        self._octets: npt.NDArray[np.uint8] = np.zeros(0, dtype=np.uint8)
        if self._size:  # there is no mapping of nothing
            begin = _HEADER.size + (len(_PAD) if self._magic == _LIST else 0)
            self._octets = np.memmap(path, dtype=np.uint8, mode="r", offset=begin)
        if len(self._octets) < (8 * self._size if self._magic == _LIST else self._size // 8):
            raise ValueError(f"cannot read {path}: it is cut off")

    @property
    def hashes(self) -> U64 | None:
        """The sorted hashes of all words; None where there is only a filter of them."""
        return self._octets.view(np.uint64) if self._magic == _LIST else None

    def may_contain(self, text: str) -> bool:
        """False only when no line of the segment contains the text."""
        words = words_of(text)
        if any(len(word) > self.longest for word, _ in words):
            return False
        return all(self._may_have(word) for word, whole in words if whole or len(word) >= self.longest)

    def _may_have(self, word: str) -> bool:
        value = md5_of(word) if self._magic == _MD5_FILTER else hash_of(word.encode())
        hashes = np.array([value], dtype=np.uint64)
        if (known := self.hashes) is not None:
            at = int(np.searchsorted(known, hashes[0]))
            return at < len(known) and bool(known[at] == hashes[0])
        places = _places(hashes, self._size).ravel()
        return bool(((self._octets[places >> np.uint64(3)] >> (places & np.uint64(7)).astype(np.uint8)) & 1).all())


def may_contain_any(words: Words | None, texts: Sequence[str]) -> bool:
    """Whether a segment may have a line with one of the texts; without a filter it may."""
    return words is None or any(words.may_contain(text) for text in texts)
