"""Panels as the catalogue writes them: one function a kind, with the house's sizes. ``question`` comes second, always."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypedDict, Unpack

from watchkeeper.dashboards.model import Column, Panel, Query, Source, Step
from watchkeeper.dashboards.style import (
    COLUMNS,
    COUNT,
    FIGURE_HEIGHT,
    FIGURE_WIDTH,
    INFORMATION,
    LOGS_HEIGHT,
    PANEL_HEIGHT,
    PANEL_WIDTH,
    PLAIN,
    SECONDS,
    SHARES_WIDTH,
)


class Look(TypedDict, total=False):
    """What may be chosen of any panel; ``model.Panel`` tells what each means."""

    width: int
    steps: tuple[Step, ...]
    words: tuple[tuple[str, str, str], ...]
    colours: tuple[tuple[str, str], ...]
    decimals: int
    most: float
    stacked: bool
    without_value: str
    more: str


def lines(
    title: str,
    question: str,
    queries: Mapping[str, str],
    unit: str = COUNT,
    source: Source = "prometheus",
    **look: Unpack[Look],
) -> Panel:
    """How something went. ``queries``: legend → expression; ``steps`` are drawn as dashed lines."""
    asked = tuple(Query(expression=expression, legend=legend, source=source) for legend, expression in queries.items())
    panel = Panel(
        title=title, question=question, kind="lines", unit=unit, width=PANEL_WIDTH, height=PANEL_HEIGHT, queries=asked, least=0
    )
    return replace(panel, **look)


def figure(
    title: str,
    question: str,
    expression: str,
    unit: str = COUNT,
    source: Source = "prometheus",
    **look: Unpack[Look],
) -> Panel:
    """How things stand: one number, coloured, with its recent course behind it."""
    panel = Panel(
        title=title,
        question=question,
        kind="figure",
        unit=unit,
        width=FIGURE_WIDTH,
        height=FIGURE_HEIGHT,
        queries=(Query(expression=expression, source=source),),
        steps=INFORMATION,
    )
    return replace(panel, **look)


def bars(title: str, question: str, expression: str, legend: str, unit: str = COUNT, **look: Unpack[Look]) -> Panel:
    """Who has most: one bar for each series, now."""
    panel = Panel(
        title=title,
        question=question,
        kind="bars",
        unit=unit,
        width=PANEL_WIDTH,
        height=PANEL_HEIGHT,
        queries=(Query(expression=expression, legend=legend),),
        steps=INFORMATION,
        least=0,
    )
    return replace(panel, **look)


def shares(title: str, question: str, expression: str, legend: str, unit: str = COUNT, **look: Unpack[Look]) -> Panel:
    """What the whole consists of, now."""
    panel = Panel(
        title=title,
        question=question,
        kind="shares",
        unit=unit,
        width=SHARES_WIDTH,
        height=PANEL_HEIGHT,
        queries=(Query(expression=expression, legend=legend),),
    )
    return replace(panel, **look)


def listing(
    title: str, question: str, expressions: tuple[str, ...], columns: tuple[Column, ...], **look: Unpack[Look]
) -> Panel:
    """A table of what is so now, in the order of ``columns``; several expressions are joined by their labels."""
    panel = Panel(
        title=title,
        question=question,
        kind="listing",
        unit=PLAIN,
        width=PANEL_WIDTH,
        height=PANEL_HEIGHT,
        queries=tuple(Query(expression=expression) for expression in expressions),
        columns=columns,
    )
    return replace(panel, **look)


def heat(title: str, question: str, buckets: str, unit: str = SECONDS, **look: Unpack[Look]) -> Panel:
    """How something is distributed over time; ``buckets`` gives one series for each ``le``."""
    panel = Panel(
        title=title,
        question=question,
        kind="heat",
        unit=unit,
        width=PANEL_WIDTH,
        height=PANEL_HEIGHT,
        queries=(Query(expression=buckets, legend="{{le}}"),),
    )
    return replace(panel, **look)


def log_lines(title: str, question: str, expression: str) -> Panel:
    """The lines themselves, newest first."""
    return Panel(
        title=title,
        question=question,
        kind="logs",
        unit=PLAIN,
        width=COLUMNS,
        height=LOGS_HEIGHT,
        queries=(Query(expression=expression, source="loki"),),
    )


def note(title: str, question: str, text: str, *, width: int = PANEL_WIDTH) -> Panel:
    """Words, in Markdown."""
    return Panel(title=title, question=question, kind="note", unit=PLAIN, width=width, height=PANEL_HEIGHT, text=text)
