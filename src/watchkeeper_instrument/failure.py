"""What can go wrong while an application is being instrumented."""

from __future__ import annotations


class CannotInstrument(Exception):
    """The application was set up in a way that cannot work; raised at its start, never while it answers."""

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(f"{message} ({hint})")
        self.hint = hint
