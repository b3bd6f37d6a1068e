"""What people see: progress on standard error, results on standard output, both plain where nobody watches."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from watchkeeper.cli.flags import as_json
from watchkeeper.workload.progress import Event, Reporter

_WIDE = 160
"""Columns where nobody's terminal says how many there are: tables in files and pipes are not folded."""

out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _WIDE)
err = Console(stderr=True, highlight=False, soft_wrap=True, width=None if sys.stderr.isatty() else _WIDE)

_STYLES = {
    "ready": "green",
    "passed": "green",
    "unchanged": "dim",
    "stopped": "dim",
    "failed": "bold red",
    "inconclusive": "bold yellow",
    "restarting": "yellow",
}
_ENDS = frozenset({"ready", "passed", "unchanged", "stopped", "failed", "inconclusive"})


def print_json(data: Any) -> None:
    """One JSON document on standard output."""
    out.out(json.dumps(data, indent=2, ensure_ascii=False, default=str), highlight=False)


def say(text: str, style: str = "") -> None:
    """A line for people; nothing when the run speaks JSON."""
    if not as_json.get():
        out.print(Text(text, style=style))


def note(text: str, style: str = "dim") -> None:
    """A remark beside the result, on standard error."""
    if not as_json.get():
        err.print(Text(text, style=style))


class _Progress:
    """One line a subject. On a terminal the lines of running subjects change in place; elsewhere each end is a line."""

    def __init__(self, live: Live | None, width: int) -> None:
        self._live = live
        self._width = width
        self._since: dict[str, float] = {}
        self._now: dict[str, Event] = {}

    def __call__(self, event: Event) -> None:
        since = self._since.setdefault(event.subject, time.monotonic())
        if event.state in _ENDS:
            self._now.pop(event.subject, None)
            self._since.pop(event.subject, None)
            line = _line(event, time.monotonic() - since, self._width)
            if self._live:
                self._live.console.print(line)
            else:
                err.print(line)
        else:
            self._now[event.subject] = event
        if self._live:
            self._live.update(self._running())

    def _running(self) -> Table:
        table = Table.grid(padding=(0, 1))
        for subject, event in self._now.items():
            table.add_row(_line(event, time.monotonic() - self._since[subject], self._width))
        return table


def _line(event: Event, elapsed_s: float, width: int) -> Text:
    text = Text()
    text.append(f"  {event.subject:<{width}} ", style="bold")
    text.append(f"{event.state:<12} ", style=_STYLES.get(event.state, "cyan"))
    if event.ratio is not None and event.state not in _ENDS:
        text.append(f"{event.ratio:4.0%} ")
    text.append(f"{elapsed_s:5.1f} s  ", style="dim")
    text.append(event.detail, style="dim")
    return text


@contextmanager
def progress(width: int = 20) -> Iterator[Reporter]:
    """A Reporter that draws while the context is open; silent when the run speaks JSON.

    ``width``: columns for the subject.
    """
    if as_json.get():
        yield lambda event: None
    elif err.is_terminal:
        with Live(console=err, refresh_per_second=8, transient=True) as live:
            yield _Progress(live, width)
    else:
        yield _Progress(None, width)
