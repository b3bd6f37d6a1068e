"""What was read from files lately, up to a number of bytes: who asks one question asks the next about the same spans."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

_T = TypeVar("_T")
MOST_BYTES = 32 * 1024 * 1024


class Recent:
    """Safe for use from several threads. Keys must never mean something else later; what is kept must not change."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._held: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, read: Callable[[], _T], size_of: Callable[[_T], int]) -> _T:
        """What is kept under a key, else what ``read`` gives, which is then kept."""
        with self._lock:
            held = self._held.get(key)
            if held is not None:
                self._held.move_to_end(key)
                kept: _T = held[0]
                return kept
        made = read()
        size = size_of(made)
        with self._lock:
            if key not in self._held and size <= self._most_bytes:
                self._held[key] = made, size
                self._bytes += size
                while self._bytes > self._most_bytes:
                    _, (_, gone) = self._held.popitem(last=False)
                    self._bytes -= gone
        return made
