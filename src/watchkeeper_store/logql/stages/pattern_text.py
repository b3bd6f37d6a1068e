"""Patterns of literal text and `<name>` or `<_>` placeholders, for `| pattern` (captures) and `|>` (tests)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

_PLACEHOLDER = re.compile(r"<([A-Za-z_][A-Za-z0-9_]*)>")
BLANK_NAME = "_"


class BadPatternText(ValueError):
    """A pattern that is not allowed where it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placeholder:
    """`<name>`, or `<_>` for a part that is not kept."""

    name: str


Part = str | Placeholder


def split(pattern: str) -> list[Part]:
    """The literals and placeholders of a pattern, in order; literals are never empty and never adjacent."""
    parts: list[Part] = []
    position = 0
    for found in _PLACEHOLDER.finditer(pattern):
        if found.start() > position:
            parts.append(pattern[position : found.start()])
        parts.append(Placeholder(name=found[1]))
        position = found.end()
    if position < len(pattern):
        parts.append(pattern[position:])
    return parts


def _reject_neighbours(parts: list[Part]) -> None:
    for left, right in pairwise(parts):
        if isinstance(left, Placeholder) and isinstance(right, Placeholder):
            raise BadPatternText(f"found consecutive capture '<{left.name}><{right.name}>': invalid expression")


def pattern_test(pattern: str) -> Callable[[str], bool]:
    """A test whether a line has the form of the pattern. Raises BadPatternText for named captures.

    Literals are looked for from left to right, the first place counts, and a placeholder between or after them stands for at
    least one character. The end of the line is anchored; its start only by a leading placeholder, as in the reference.
    """
    parts = split(pattern)
    _reject_neighbours(parts)
    for part in parts:
        if isinstance(part, Placeholder) and part.name != BLANK_NAME:
            raise BadPatternText(f"named captures are not allowed: found '<{part.name}>'")
    literals = tuple((part, index > 0) for index, part in enumerate(parts) if isinstance(part, str))
    open_end = bool(parts) and isinstance(parts[-1], Placeholder)

    def matches(line: str) -> bool:
        if not parts or not line:
            return not parts and not line
        position = 0
        for literal, needs_gap in literals:
            found = line.find(literal, position)
            if found < 0 or (needs_gap and found == position):
                return False
            position = found + len(literal)
        return (position < len(line)) is open_end

    return matches


def captures(pattern: str) -> tuple[list[Part], list[str]]:
    """The parts and the names of a capturing pattern. Raises BadPatternText."""
    parts = split(pattern)
    if not parts:
        raise BadPatternText("parse error at line 1, col 1: syntax error: unexpected $end, expecting IDENTIFIER or LITERAL")
    names = [part.name for part in parts if isinstance(part, Placeholder) and part.name != BLANK_NAME]
    if not names:
        raise BadPatternText("at least one capture is required")
    _reject_neighbours(parts)
    for index, name in enumerate(names):
        if name in names[:index]:
            raise BadPatternText(f"duplicate capture name ({name}): invalid expression")
    return parts, names


def capture(parts: list[Part], line: str) -> list[str]:
    """The captured texts, in order. Fewer than placeholders where the line ends early; the last one then takes the rest."""
    found: list[str] = []
    if not line:
        return found
    index = 0
    if isinstance(parts[0], str):
        if not line.startswith(parts[0]):
            return found
        line = line[len(parts[0]) :]
        index = 1
    while index < len(parts):
        placeholder = parts[index]
        keeps = isinstance(placeholder, Placeholder) and placeholder.name != BLANK_NAME
        literal = parts[index + 1] if index + 1 < len(parts) else None
        before, separator, after = line.partition(literal) if isinstance(literal, str) else (line, "", "")
        if keeps:
            found.append(before)
        if not separator:
            break
        line = after
        index += 2
    return found
