"""Asking Prometheus what a report wants to know, and judging the answers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Protocol

from watchkeeper.keep.reports.model import AnsweredSection, Inquiry, Line, Question, Report, Word
from watchkeeper.observe.prometheus import Sample

_SECONDS = {"h": 3600, "d": 86400, "w": 7 * 86400}
_WORST_FIRST = ("act", "look", "fine", "unknown")


class Queries(Protocol):
    """What is asked of Prometheus."""

    async def query(self, expression: str, *, at_s: float | None = None) -> tuple[Sample, ...]:
        """An instant vector."""


async def answer(inquiry: Inquiry, stack: str, prometheus: Queries, at_s: float) -> Report:
    """The report of a moment. Raises NoAnswer where Prometheus gives none."""
    sections = []
    for section in inquiry.sections:
        lines = [line for question in section.questions for line in await lines_of(question, prometheus, at_s)]
        sections.append(AnsweredSection(title=section.title, lines=tuple(lines)))
    return Report(name=inquiry.name, title=inquiry.title, stack=stack, at_s=at_s, sections=tuple(sections))


async def lines_of(question: Question, prometheus: Queries, at_s: float) -> list[Line]:
    """One question's lines, the worst first; a single line that says why where there is no answer."""
    now = _by_labels(question, await prometheus.query(question.expression, at_s=at_s))
    if not now:
        return [Line(name=question.name, unit=question.unit, word="unknown", labels={}, note=question.missing)]
    before: Mapping[tuple[str, ...], float] = {}
    if question.trend_over:
        earlier_s = at_s - float(question.trend_over[:-1]) * _SECONDS[question.trend_over[-1]]
        before = _by_labels(question, await prometheus.query(question.expression, at_s=earlier_s))
    lines = [
        Line(
            name=question.name,
            unit=question.unit,
            word=judged(question, value),
            value=value,
            before=before.get(labels),
            over=question.trend_over,
            labels=dict(zip(question.by, labels, strict=True)),
        )
        for labels, value in now.items()
    ]
    worse = 1 if question.less_is_worse else -1
    lines.sort(key=lambda line: (_WORST_FIRST.index(line.word), worse * (line.value or 0.0)))
    return lines[: question.most_lines]


def judged(question: Question, value: float) -> Word:
    """What a value means; without bounds every value is fine."""
    for word, bound in (("act", question.act), ("look", question.look)):
        if bound is not None and (value <= bound if question.less_is_worse else value >= bound):
            return "act" if word == "act" else "look"
    return "fine"


def _by_labels(question: Question, samples: tuple[Sample, ...]) -> dict[tuple[str, ...], float]:
    return {
        tuple(sample.labels.get(label, "") for label in question.by): sample.value
        for sample in samples
        if math.isfinite(sample.value)
    }
