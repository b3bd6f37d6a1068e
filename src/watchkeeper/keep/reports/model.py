"""What a report asks, and what it has found. Types only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Unit = Literal["bytes", "share", "seconds", "days", "count", "per_second", "bytes_per_day", "dollars"]
Word = Literal["fine", "look", "act", "unknown"]
"""``unknown``: nothing measures it, or not for long enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One line, or one line for each series where ``by`` names labels.

    ``expression`` is PromQL for the present value. ``look`` and ``act`` are the values from which somebody should look or act,
    downwards where ``less_is_worse``. ``trend_over`` (a PromQL duration) asks for the same so long ago, to tell the change.
    """

    name: str
    expression: str
    unit: Unit
    by: tuple[str, ...] = ()
    look: float | None = None
    act: float | None = None
    less_is_worse: bool = False
    trend_over: str = ""
    most_lines: int = 10
    missing: str = "nothing measures it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Questions that belong together."""

    title: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """A whole report before anything was asked."""

    name: str
    title: str
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One answer. ``before`` is the value ``over`` ago, None where there is none. ``labels`` tell a question's lines apart."""

    name: str
    unit: Unit
    word: Word
    value: float | None = None
    before: float | None = None
    over: str = ""
    labels: Mapping[str, str]
    note: str = ""


Answered: TypeAlias = tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredSection:
    """A section with its lines, in the order of the questions, the worst of one question first."""

    title: str
    lines: Answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report of one moment (Unix seconds)."""

    name: str
    title: str
    stack: str
    at_s: float
    sections: tuple[AnsweredSection, ...]

    @property
    def word(self) -> Word:
        """The worst of all lines; what is unknown is no worse than fine."""
        words = {line.word for section in self.sections for line in section.lines}
        order: tuple[Word, ...] = ("act", "look", "fine")
        return next((word for word in order if word in words), "unknown")
