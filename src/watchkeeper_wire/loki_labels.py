"""Label sets as Loki writes them in text: ``{job="api", env="prod"}``. Nothing about limits or storage belongs here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

LabelPairs = tuple[tuple[str, str], ...]

_NAME = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*")
_QUOTED = re.compile(r'"((?:[^"\\\n]|\\.)*)"|`([^`]*)`')
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([0-7]{3})|(.))", re.DOTALL)
_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"', "'": "'"}


class LabelsUnreadable(ValueError):
    """The text is not a label set; the message says what was met and where (column counted from 1)."""


def labels_text(labels: Mapping[str, str] | Iterable[tuple[str, str]]) -> str:
    """``{a="1", b="2"}`` with names sorted: the same set always gives the same text."""
    pairs = labels.items() if isinstance(labels, Mapping) else labels
    return "{" + ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in sorted(pairs)) + "}"


def _unescape(match: re.Match[str]) -> str:
    hex2, hex4, hex8, octal, simple = match.groups()
    if simple is not None:
        if simple not in _SIMPLE:
            raise LabelsUnreadable(f"cannot read labels: unknown escape \\{simple}")
        return _SIMPLE[simple]
    code = int(octal, 8) if octal is not None else int(hex2 or hex4 or hex8, 16)
    if code > 0x10FFFF or 0xD800 <= code < 0xE000:
        raise LabelsUnreadable(f"cannot read labels: escape {match.group(0)} is no character")
    return chr(code)


def parse_labels(text: str) -> LabelPairs:
    """The pairs of ``{a="1", b="2"}``, sorted by name.

    Raises LabelsUnreadable on anything else, on a repeated name included.
    """
    body = text.strip()
    if not body.startswith("{") or not body.endswith("}") or len(body) < 2:
        raise LabelsUnreadable('cannot read labels: expected {name="value", …}')
    end = len(body) - 1
    pairs: dict[str, str] = {}
    at = 1
    while body[at:end].strip():
        name = _NAME.match(body, at, end)
        if name is None:
            raise LabelsUnreadable(f"cannot read labels: expected a name and = at column {at + 1}")
        value = _QUOTED.match(body, name.end(), end)
        if value is None:
            raise LabelsUnreadable(f"cannot read labels: expected a quoted value at column {name.end() + 1}")
        if name.group(1) in pairs:
            raise LabelsUnreadable(f"cannot read labels: {name.group(1)} is there twice")
        quoted, raw = value.groups()
        pairs[name.group(1)] = raw if raw is not None else _ESCAPE.sub(_unescape, quoted) if "\\" in quoted else quoted
        rest = body[value.end() : end].lstrip()
        if rest and not rest.startswith(","):
            raise LabelsUnreadable(f"cannot read labels: expected a comma at column {end - len(rest) + 1}")
        at = end - len(rest) + (1 if rest else 0)
    return tuple(sorted(pairs.items()))
