"""The tree of routes as text and as an SVG drawing. Both are made from the same rows, so they cannot differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

_ROW, _INDENT, _LEFT, _CHARACTER = 30, 26, 12, 7.3
_STYLE = """
text { font: 13px ui-monospace, monospace; fill: currentColor; }
.receiver { font-weight: bold; } .timing { opacity: .65; }
path { fill: none; stroke: currentColor; opacity: .4; }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One route. ``depth`` counts from the root, 0; ``last``: of its siblings."""

    depth: int
    last: bool
    matchers: str
    receiver: str
    timing: str
    goes_on: bool


def rows(config: Mapping[str, Any]) -> tuple[Row, ...]:
    """Every route from the root down, in the order in which Alertmanager tries them."""
    return tuple(_rows(config["route"], 0, last=True))


def as_text(config: Mapping[str, Any]) -> str:
    """An indented tree, one route a line."""
    lines: list[str] = []
    open_: list[bool] = []
    for row in rows(config):
        del open_[max(row.depth - 1, 0) :]
        stem = "".join("│  " if more else "   " for more in open_)
        branch = "" if row.depth == 0 else "└─ " if row.last else "├─ "
        if row.depth:
            open_.append(not row.last)
        lines.append(f"{stem}{branch}{_sentence(row)}")
    return "\n".join(lines) + "\n"


def as_svg(config: Mapping[str, Any]) -> str:
    """The same as a drawing that scales, without scripts or fonts from elsewhere."""
    found = rows(config)
    width = max(_LEFT + row.depth * _INDENT + _CHARACTER * len(_sentence(row)) for row in found) + _LEFT
    height = _ROW * len(found) + _ROW / 2
    svg = ET.Element("svg", xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {width:.0f} {height:.0f}", role="img")
    ET.SubElement(svg, "title").text = "Routes of alerts"
    ET.SubElement(svg, "style").text = _STYLE
    parents: dict[int, float] = {}
    for number, row in enumerate(found):
        x, y = _LEFT + row.depth * _INDENT, _ROW * (number + 0.75)
        parents[row.depth] = y
        if row.depth:
            stem = x - _INDENT + 6
            ET.SubElement(svg, "path", d=f"M{stem} {parents[row.depth - 1] + 6:.1f} V{y - 4:.1f} H{x - 4}")
        line = ET.SubElement(svg, "text", x=str(x), y=f"{y:.1f}")
        line.text = f"{row.matchers} → "
        receiver = ET.SubElement(line, "tspan", {"class": "receiver"})
        receiver.text = row.receiver
        timing = ET.SubElement(line, "tspan", {"class": "timing"})
        timing.text = _rest(row)
    return ET.tostring(svg, encoding="unicode", xml_declaration=True) + "\n"


def _sentence(row: Row) -> str:
    return f"{row.matchers} → {row.receiver}{_rest(row)}"


def _rest(row: Row) -> str:
    return (f"  ({row.timing})" if row.timing else "") + ("  and on" if row.goes_on else "")


def _rows(route: Mapping[str, Any], depth: int, *, last: bool) -> Iterator[Row]:
    children = route.get("routes", ())
    words = [
        ("group_wait", "waits"),
        ("group_interval", "changes every"),
        ("repeat_interval", "again every"),
        ("active_time_intervals", "only during"),
        ("mute_time_intervals", "not during"),
    ]
    written = [(word, route[key]) for key, word in words if key in route]
    yield Row(
        depth=depth,
        last=last,
        matchers=" and ".join(route.get("matchers", ())) or "everything else",
        receiver=route.get("receiver", "the same"),
        timing=", ".join(f"{word} {value if isinstance(value, str) else ' and '.join(value)}" for word, value in written),
        goes_on=bool(route.get("continue")),
    )
    for number, child in enumerate(children, 1):
        yield from _rows(child, depth + 1, last=number == len(children))
