"""How much memory the processes of one program take together: what they share counts once, however many of them share it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True, kw_only=True)
class Resident:
    """``shared_bytes``: the part of ``all_bytes`` that others may have as well: files, and memory that is shared on purpose."""

    all_bytes: int
    shared_bytes: int

    @property
    def own_bytes(self) -> int:
        """What nobody else has."""
        return max(0, self.all_bytes - self.shared_bytes)


def together_bytes(processes: Iterable[Resident]) -> int:
    """Of one program's processes: PostgreSQL's each show the whole buffer cache as theirs, and there is only one."""
    members = tuple(processes)
    return sum(one.own_bytes for one in members) + max((one.shared_bytes for one in members), default=0)


def resident(pid: int) -> Resident | None:
    """Of one process without its children; None when it is gone."""
    with suppress(psutil.Error):
        memory = psutil.Process(pid).memory_info()
        return Resident(all_bytes=memory.rss, shared_bytes=memory.shared)
    return None


def tree(pid: int) -> frozenset[int]:
    """The process and everything below it; empty when it is gone."""
    with suppress(psutil.Error):
        return frozenset({pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))})
    return frozenset()
