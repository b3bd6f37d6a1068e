"""Versions as programs print them: found by a pattern, compared by number, held against bounds."""

from __future__ import annotations

import re


def number(version: str) -> tuple[int, ...]:
    """``2.42.0`` → (2, 42, 0); what is not a number is left out, and missing places count as 0 when compared."""
    numbers = [int(part) for part in re.findall(r"\d+", version)]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def find(pattern: str, text: str) -> str:
    """The first group of the first match, or "" where nothing matches."""
    match = re.search(pattern, text)
    return match.group(1) if match else ""


def out_of_bounds(version: str, *, at_least: str, below: str) -> str:
    """Why ``version`` is not in [``at_least``, ``below``), or "" where it is. An empty bound does not bound."""
    if at_least and number(version) < number(at_least):
        return f"version {version} is older than {at_least}"
    if below and number(version) >= number(below):
        return f"version {version} is not below {below}"
    return ""
