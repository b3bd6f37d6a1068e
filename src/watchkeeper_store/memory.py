"""How this process gives memory back: glibc's defaults keep most of what a burst of pushes needed."""

from __future__ import annotations

import ctypes
from pathlib import Path

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_LARGE_BYTES = 1024 * 1024  # a push; the arrays in between stay in the heap, where they cost no page faults
_ARENAS = 2
_MADV_DONTNEED = 4
_BULKY_LIBRARY = "_duckdb"


def hold_little() -> None:
    """Give large blocks mappings of their own, which are returned when freed. Nothing happens where there is no glibc."""
    libc = ctypes.CDLL(None)
    mallopt = getattr(libc, "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        mallopt(_M_TRIM_THRESHOLD, 8 * _LARGE_BYTES)
        mallopt(_M_ARENA_MAX, _ARENAS)


def give_back() -> None:
    """Return free memory to the system, and program text that was only needed while DuckDB ran.

    Text is mapped from files and never written to: dropping it costs a page fault when it is needed again, nothing else.
    """
    libc = ctypes.CDLL(None)
    trim = getattr(libc, "malloc_trim", None)
    if trim is not None:
        trim(0)
    try:
        mappings = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    for mapping in mappings:
        addresses, permissions, *rest = mapping.split(maxsplit=5)
        if permissions == "r-xp" and rest and _BULKY_LIBRARY in rest[-1]:
            begin, end = (int(address, 16) for address in addresses.split("-"))
            libc.madvise(ctypes.c_void_p(begin), ctypes.c_size_t(end - begin), _MADV_DONTNEED)
