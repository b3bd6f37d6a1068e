"""Where panels go on Grafana's grid of 24 columns: from left to right, then below; rows get a line of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from watchkeeper.dashboards.model import Panel, Row
from watchkeeper.dashboards.style import COLUMNS


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A panel, or the heading of a row, with its place: ``x`` and ``width`` in columns, ``y`` and ``height`` in rows."""

    what: Panel | Row
    x: int
    y: int
    width: int
    height: int


def placed(rows: tuple[Row, ...]) -> Iterator[Place]:
    """Every row's heading followed by its panels. A panel that does not fit beside the others starts a new line, which is
    below the highest of the line before.

    Raises ValueError for a panel that is wider than the grid.
    """
    y = 0
    for row in rows:
        yield Place(what=row, x=0, y=y, width=COLUMNS, height=1)
        y += 1
        x = line_height = 0
        for panel in row.panels:
            if not 0 < panel.width <= COLUMNS:
                raise ValueError(f"cannot place {panel.title!r}: {panel.width} is not a width of 1 … {COLUMNS} columns")
            if x + panel.width > COLUMNS:
                x, y, line_height = 0, y + line_height, 0
            yield Place(what=panel, x=x, y=y, width=panel.width, height=panel.height)
            x += panel.width
            line_height = max(line_height, panel.height)
        y += line_height
