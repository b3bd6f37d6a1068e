"""Ways through a located document: values that match a pattern of keys, all texts, durations."""

from __future__ import annotations

import re
from collections.abc import Iterator

from watchkeeper.spec.document import Data, Document, KeyPath

_DURATION_PART = re.compile(r"(\d+)(ms|y|w|d|h|m|s)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "y": 31536000.0}


def each(document: Document, *pattern: str) -> Iterator[tuple[KeyPath, Data]]:
    """(path, value) of everything that the pattern leads to; ``*`` stands for every item or key. In the order of the file."""
    yield from _each(document.data, (), pattern)


def _each(value: Data, path: KeyPath, pattern: tuple[str, ...]) -> Iterator[tuple[KeyPath, Data]]:
    if not pattern:
        yield path, value
        return
    step, rest = pattern[0], pattern[1:]
    if step == "*" and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _each(item, (*path, index), rest)
    elif step == "*" and isinstance(value, dict):
        for name, item in value.items():
            yield from _each(item, (*path, name), rest)
    elif isinstance(value, dict) and step in value:
        yield from _each(value[step], (*path, step), rest)


def below(value: Data, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Data]]:
    """``value`` itself and everything in it, depth first."""
    yield path, value
    if isinstance(value, dict):
        for name, item in value.items():
            yield from below(item, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from below(item, (*path, index))


def mappings(value: Data) -> dict[str, Data]:
    """The value where it is a mapping, otherwise an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Data) -> list[Data]:
    """The value where it is a list, a single text as a list of one, otherwise nothing."""
    return value if isinstance(value, list) else [value] if isinstance(value, str) else []


def seconds(value: Data) -> float | None:
    """A duration as Prometheus writes it (``1h30m``), in seconds; None for anything else."""
    if value in (0, "0"):
        return 0.0
    if not isinstance(value, str) or not value:
        return None
    if re.fullmatch(r"(?:\d+(?:ms|[ywdhms]))+", value) is None:
        return None
    return sum(int(number) * _SECONDS[unit] for number, unit in _DURATION_PART.findall(value))


def last_name(path: KeyPath) -> str:
    """The nearest key of a path, past list positions."""
    return next((step for step in reversed(path) if isinstance(step, str)), "")
