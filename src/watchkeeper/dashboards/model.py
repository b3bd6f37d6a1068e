"""What a dashboard is, in our words: rows of panels, each of which answers a question. Grafana's words: ``grafana.py``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Source: TypeAlias = Literal["prometheus", "loki", "tempo", "alertmanager"]
"""A data source by its uid, which never changes: a changed uid makes provisioned dashboards lose their data silently."""

Kind: TypeAlias = Literal["lines", "figure", "bars", "shares", "listing", "heat", "logs", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One expression in the language of its source. ``legend`` may name labels: ``{{job}}``."""

    expression: str
    legend: str = ""
    source: Source = "prometheus"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From ``value`` upwards the panel has ``colour``; None means from the bottom."""

    value: float | None
    colour: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a listing: the label (or ``Value``, the number; ``Value #B``, the second query's) and its heading.

    ``plain``: a number for which the panel's words and colours are not meant.
    """

    field: str
    heading: str
    unit: str = ""
    plain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One drawing. ``question`` is what a person on call asks and it answers; ``unit`` is Grafana's name of the unit.

    ``width`` in columns of 24, ``height`` in Grafana's rows. ``words``: value → what to show instead and its colour.
    ``colours``: pattern of a series' name → its colour, or shades of it where several names fit.
    ``more``: the uid of the dashboard where the answer continues. ``text``: what a note says, in Markdown.
    """

    title: str
    question: str
    kind: Kind
    unit: str
    width: int
    height: int
    queries: tuple[Query, ...] = ()
    steps: tuple[Step, ...] = ()
    words: tuple[tuple[str, str, str], ...] = ()
    colours: tuple[tuple[str, str], ...] = ()
    columns: tuple[Column, ...] = ()
    decimals: int | None = None
    least: float | None = None
    most: float | None = None
    stacked: bool = False
    without_value: str = ""
    more: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Panels under one heading, laid out from left to right."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A choice above the dashboard: the values that ``label`` has on the series of ``metric``, several at a time.

    With an empty ``metric`` it is a text that the person types, ``text`` at first.
    """

    name: str
    heading: str
    metric: str = ""
    label: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """``uid`` never changes: alerts, notifications and other dashboards link to it. ``question``: what it is opened for."""

    uid: str
    title: str
    question: str
    rows: tuple[Row, ...]
    variables: tuple[Variable, ...] = ()
    tags: tuple[str, ...] = ()
    since: str = "now-1h"
    logs: str = ""
    """A LogQL selector of the logs that belong here; empty where there are none."""
