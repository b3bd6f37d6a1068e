"""Being told to stop."""

from __future__ import annotations

import signal
from collections.abc import Callable


def on_stop(action: Callable[[], object]) -> None:
    """Call ``action`` in the main thread on every SIGTERM and SIGINT: it must be quick, and may come more than once."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: action())
