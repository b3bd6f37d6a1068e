"""Label filters behind a parser, as far as rows can be left out for them before any line is parsed.

A column of the key answers for the rows that have a value there: each distinct value is shown to the filter once. Where there
is no column, a filter for one exact text at least asks for lines with that text in them. Rows with metadata always stay: it
may have the label too. What is said here never keeps a row from the evaluator that it would have kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from watchkeeper_store.logql.source import LabelCondition, LineParser
from watchkeeper_store.model.field_codes import FIELD_PREFIX
from watchkeeper_store.query.selection import Selection

_MOST_VALUES = 20_000
_PLAIN_TEXT = re.compile(r"[A-Za-z0-9_./:@+-]+")
_LEVEL_NAME = "detected_level"
_UNREADABLE = "\ufffd"


@dataclass(frozen=True, slots=True)
class KeyCondition:
    """What a column has to hold: one of ``values``, or with ``excludes`` none of them; "" is no value."""

    key: str
    values: tuple[str, ...]
    excludes: bool = False

    @property
    def is_equality(self) -> bool:
        return len(self.values) == 1 and not self.excludes

    def sql(self, value: Callable[[Any], str]) -> str:
        """On the column, where it is not NULL; rows with metadata pass."""
        column = f'"{FIELD_PREFIX}{self.key}"'
        if len(self.values) == 1:
            test = f"{column} {'<>' if self.excludes else '='} {value(self.values[0])}"
        elif not self.values:
            test = "true" if self.excludes else "false"
        else:
            test = f"{column} {'NOT ' if self.excludes else ''}IN (SELECT unnest({value(list(self.values))}::VARCHAR[]))"
        return f"({test} OR metadata IS NOT NULL)"


def usable(conditions: Sequence[LabelCondition], selection: Selection) -> list[LabelCondition]:
    """Those about labels that come from the line alone."""
    taken = {name for labels in selection.streams.values() for name, _ in labels} | {_LEVEL_NAME}
    return [condition for condition in conditions if condition.name not in taken]


def key_conditions(
    conditions: Sequence[LabelCondition], selection: Selection, distinct: Callable[[str, int], Sequence[str]]
) -> list[KeyCondition]:
    """Conditions on columns. ``distinct(key, most)`` gives the values that a column has in the selection's files."""
    found: list[KeyCondition] = []
    for condition in conditions:
        key = condition.name
        hot = [batch.fields[key] for batch in selection.batches if key in batch.fields]
        if condition.parser is not LineParser.LOGFMT or not (hot or any(key in s.fields for s in selection.segments)):
            continue
        if condition.equal is not None:
            found.append(KeyCondition(key, (condition.equal,)))
            continue
        values = set(distinct(key, _MOST_VALUES + 1))
        for column_values in {id(column.values): column.values for column in hot}.values():
            values.update(value.decode() for value in tuple(column_values))
        if len(values) > _MOST_VALUES:
            continue
        passing = {value for value in values if _UNREADABLE in value or condition.accepts(value or None)}
        failing = values - passing
        shorter = passing if len(passing) <= len(failing) else failing
        found.append(KeyCondition(key, tuple(sorted(shorter)), excludes=shorter is failing))
    return found


def implied_texts(conditions: Sequence[LabelCondition]) -> tuple[str, ...]:
    """Texts of which each has to be in a line, unless the line has a backslash (it may spell them otherwise) or metadata."""
    return tuple(
        condition.equal for condition in conditions if condition.equal is not None and _PLAIN_TEXT.fullmatch(condition.equal)
    )


def text_condition(text: str, value: Callable[[Any], str]) -> str:
    return f"(contains(line, {value(text)}) OR contains(line, '\\') OR metadata IS NOT NULL)"
