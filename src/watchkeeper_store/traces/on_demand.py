"""The store of spans, opened when it is first needed: who sends no spans does not pay for the libraries that read them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from watchkeeper_store.traces.store import TraceStore


class TracesOnDemand:
    """Safe for use from several threads."""

    def __init__(self, open_: Callable[[], TraceStore]) -> None:
        self._open = open_
        self._opened: TraceStore | None = None
        self._lock = threading.Lock()

    def get(self) -> TraceStore:
        """The store, opened by the first who asks. Raises what opening raises."""
        with self._lock:
            if self._opened is None:
                self._opened = self._open()
            return self._opened

    @property
    def opened(self) -> TraceStore | None:
        """The store, if anybody has needed it."""
        return self._opened

    @property
    def trouble(self) -> str | None:
        """Why spans cannot be taken, if they cannot."""
        return None if self._opened is None else self._opened.trouble

    def close(self) -> None:
        """Stop it, if it was opened."""
        if self._opened is not None:
            self._opened.stop()
