"""A report as text for people, as data for machines, and as one HTML page that needs nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import Any

from watchkeeper.keep.reports.model import Line, Report, Unit
from watchkeeper.spec.quantities import format_duration

_MARKS = {"fine": "ok", "look": "LOOK", "act": "ACT", "unknown": "-"}
_BYTES = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def figure(value: float | None, unit: Unit) -> str:
    """A value with its unit, as a person writes it."""
    if value is None:
        return "-"
    if unit == "share":
        return f"{value:.1%}"
    if unit in {"bytes", "bytes_per_day"}:
        return _bytes(value) + ("/day" if unit == "bytes_per_day" else "")
    if unit == "seconds":
        return format_duration(round(value)) if value >= 1 else f"{value * 1000:.1f}ms"
    if unit == "days":
        return f"{value:.1f} days"
    if unit == "per_second":
        return f"{value:.1f}/s"
    if unit == "dollars":
        return f"${value:,.2f}"
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def _bytes(value: float) -> str:
    size = abs(value)
    place = 0
    while size >= 1024 and place < len(_BYTES) - 1:
        size /= 1024
        place += 1
    return f"{'-' if value < 0 else ''}{size:.{0 if place == 0 else 1}f}{_BYTES[place]}"


def change(line: Line) -> str:
    """How it differs from before: ``+2.1% in 1d``; empty where that is unknown."""
    if line.value is None or line.before is None:
        return ""
    difference = line.value - line.before
    if line.unit == "share":
        return f"{difference * 100:+.1f} points in {line.over}"
    return f"{'+' if difference >= 0 else '-'}{figure(abs(difference), line.unit)} in {line.over}"


def heading(line: Line) -> str:
    """What the line is about."""
    told = ", ".join(value for value in line.labels.values() if value)
    return f"{line.name} ({told})" if told else line.name


def as_text(report: Report) -> str:
    """Aligned columns; the word that asks for somebody stands first."""
    rows = [line for section in report.sections for line in section.lines]
    width = max((len(heading(line)) for line in rows), default=0)
    parts = [f"{report.title} of {report.stack}, {_moment(report)}"]
    for section in report.sections:
        parts += ["", section.title]
        for line in section.lines:
            told = line.note if line.value is None else f"{figure(line.value, line.unit):>12}  {change(line)}"
            parts.append(f"  {_MARKS[line.word]:<4}  {heading(line):<{width}}  {told}".rstrip())
    return "\n".join(parts)


def as_data(report: Report) -> dict[str, Any]:
    """For JSON; values in the base unit that ``unit`` names."""
    return {
        "report": report.name,
        "title": report.title,
        "stack": report.stack,
        "at": _moment(report),
        "verdict": report.word,
        "sections": [
            {
                "title": section.title,
                "lines": [
                    {
                        "name": line.name,
                        "labels": dict(line.labels),
                        "verdict": line.word,
                        "value": line.value,
                        "unit": line.unit,
                        "before": line.before,
                        "over": line.over,
                        "note": line.note,
                    }
                    for line in section.lines
                ],
            }
            for section in report.sections
        ],
    }


_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1f2937; }
table { border-collapse: collapse; width: 100%; }
td { padding: .3rem .6rem; border-bottom: 1px solid #e5e7eb; }
td.value { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.fine { color: #15803d; } .look { color: #b45309; font-weight: 600; }
.act { color: #b91c1c; font-weight: 700; } .unknown { color: #6b7280; }
@media (prefers-color-scheme: dark) { body { color: #e5e7eb; background: #111827; } td { border-color: #374151; } }
"""


def as_html(report: Report) -> str:
    """One page without scripts."""
    parts = [
        "<!doctype html>",
        f'<html lang="en"><head><meta charset="utf-8"><title>{escape(report.title)}: {escape(report.stack)}</title>',
        f"<style>{_STYLE}</style></head><body>",
        f"<h1>{escape(report.title)}</h1><p>{escape(report.stack)}, {_moment(report)}</p>",
    ]
    for section in report.sections:
        parts.append(f"<h2>{escape(section.title)}</h2><table><tbody>")
        for line in section.lines:
            told = escape(line.note) if line.value is None else escape(figure(line.value, line.unit))
            parts.append(
                f'<tr><td class="{line.word}">{_MARKS[line.word]}</td><td>{escape(heading(line))}</td>'
                f'<td class="value">{told}</td><td>{escape(change(line))}</td></tr>'
            )
        parts.append("</tbody></table>")
    return "\n".join([*parts, "</body></html>", ""])


def _moment(report: Report) -> str:
    return datetime.fromtimestamp(report.at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
