"""Which long words (trace ids, hashes, request ids) a segment can have: a Bloom filter beside it, so that a search for one
identifier reads only the files that may hold it.

A word here is a run of at least `SHORTEST` ASCII letters and digits. Text that is searched for may be a part of a longer word,
so a segment is only ever left out when it has no word longer than the one in question.
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

from watchkeeper_store.storage.durable import write_durably

SHORTEST = 16
_WORD = re.compile(rf"[0-9A-Za-z]{{{SHORTEST},}}")
_HEADER = struct.Struct("<4sIIQ")
_MAGIC = b"WKT1"
_PROBES = 6
_BITS_PER_WORD = 10
_LEAST_BITS = 1 << 10
U64 = npt.NDArray[np.uint64]


def words_of(text: str) -> list[tuple[str, bool]]:
    """The long words of a text, each with whether it is whole: not at an end of the text, where it might go on."""
    return [(found[0], found.start() > 0 and found.end() < len(text)) for found in _WORD.finditer(text)]


def hash_of(word: str) -> int:
    """The same number as DuckDB's ``md5_number_lower``."""
    return int.from_bytes(hashlib.md5(word.encode(), usedforsecurity=False).digest()[8:], "little")


def _places(hashes: U64, bits: int) -> U64:
    """The bits of each hash, shape (hashes, probes); ``bits`` is a power of two."""
    low, high = hashes & np.uint64(0xFFFFFFFF), hashes >> np.uint64(32)
    steps = np.arange(_PROBES, dtype=np.uint64)
    return (low[:, None] + steps * (high[:, None] | np.uint64(1))) & np.uint64(bits - 1)


def write_words(path: Path, hashes: U64, longest: int) -> None:
    """Write the filter of a segment. Raises OSError."""
    bits = max(_LEAST_BITS, 1 << int(max(1, _BITS_PER_WORD * len(hashes)) - 1).bit_length())
    field = np.zeros(bits, dtype=np.uint8)
    for at in range(0, len(hashes), 65_536):
        field[_places(hashes[at : at + 65_536], bits).ravel()] = 1
    packed = np.packbits(field, bitorder="little").tobytes()
    write_durably(path, _HEADER.pack(_MAGIC, _PROBES, longest, bits) + packed)


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
    """The filter of one segment, mapped from its file: what is never asked for is never read."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            magic, probes, self._longest, self._bits = _HEADER.unpack(file.read(_HEADER.size))
        if magic != _MAGIC or probes != _PROBES:
            raise ValueError(f"cannot read {path}: not a word filter of this version")
        self._octets = np.memmap(path, dtype=np.uint8, mode="r", offset=_HEADER.size)

    def may_contain(self, text: str) -> bool:
        """False only when no line of the segment contains the text."""
        hashes = [hash_of(word) for word, whole in words_of(text) if whole or len(word) >= self._longest]
        if any(len(word) > self._longest for word, _ in words_of(text)):
            return False
        if not hashes:
            return True
        places = _places(np.array(hashes, dtype=np.uint64), self._bits).ravel()
        return bool(((self._octets[places >> np.uint64(3)] >> (places & np.uint64(7)).astype(np.uint8)) & 1).all())


def may_contain_any(words: Words | None, texts: Sequence[str]) -> bool:
    """Whether a segment may have a line with one of the texts; without a filter it may."""
    return words is None or any(words.may_contain(text) for text in texts)
