"""How things go wrong, as types. A user's mistake is exit code 1, the world's failure 2; anything else is a bug, 3."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Mistake:
    """One thing the user wrote that cannot work. ``line`` and ``column`` count from 1; 0 where there is no such place.

    ``kind`` is a stable word for machines (``unknown-key``); ``message`` starts with "cannot"; ``hint`` says the way out.
    """

    file: str
    line: int
    column: int
    kind: str
    message: str
    hint: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}: " if self.line else f"{self.file}: " if self.file else ""
        return f"{place}{self.message}; {self.hint}" if self.hint else f"{place}{self.message}"


class MistakesFound(Exception):
    """Every mistake at once, sorted by place. Nothing has been written or started when this is raised."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes))
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


class WorldFailed(Exception):
    """Something outside failed: a download, a port, a process. ``evidence``: lines a person needs to judge it (no secrets)."""

    def __init__(self, message: str, *, hint: str = "", evidence: Sequence[str] = ()) -> None:
        self.message = message
        self.hint = hint
        self.evidence = tuple(evidence)
        super().__init__(f"{message} ({hint})" if hint else message)
