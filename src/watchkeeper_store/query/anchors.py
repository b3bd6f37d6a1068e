"""Line filters that a column can answer: what they look for begins with a key and its sign, as ``status=5``.

In a segment whose column of that key is not `UNSURE`, the line has ``key=`` where the column has a value, once, and nowhere
else. So the filter holds for the line if, and only if, the value goes on as the filter does. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from watchkeeper_store.logql.regex import compiled
from watchkeeper_store.logql.source import LineFilter, LineFilterOperator
from watchkeeper_store.model.field_codes import BARE, QUOTED, UNSURE

_KEYED = re.compile(r"([A-Za-z][A-Za-z0-9_]{0,23})=(.*)", re.DOTALL)
_NEVER_BARE = re.compile(r'[\x00-\x20"=]')
_NEEDS_QUOTES = "[\\x00-\\x20=]"
_ATOM = re.compile(
    r"""(?:[A-Za-z0-9_\-/,:;@%&~<>!#]                        # a character that stands for itself
        |\\[.\-/+*?()\[\]{}|^$dw]                           # an escaped one, a digit, a word character
        |\[(?:[0-9]-[0-9]|[a-z]-[a-z]|[A-Z]-[A-Z]|[A-Za-z0-9_./:@,]|\\[dw.\-/])+-?\])
        (?:[*+?]\??|\{[0-9]+(?:,[0-9]*)?\}\??)?             # how often""",
    re.VERBOSE,
)
_REPEATS = re.compile(r"(?:[*+?]\??|\{[0-9]+(?:,[0-9]*)?\}\??)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """One text or pattern of a filter: what follows ``key=`` has to begin with ``rest``."""

    key: str
    rest: str
    is_pattern: bool


@lru_cache(maxsize=256)
def anchors_of(line_filter: LineFilter) -> tuple[Anchor, ...] | None:
    """An anchor per text of the filter, all of one key; None where some text cannot be answered by a column."""
    is_pattern = line_filter.operator in (LineFilterOperator.MATCHES, LineFilterOperator.MISMATCHES)
    found = [_pattern_anchor(value) if is_pattern else _text_anchor(value) for value in line_filter.values]
    anchors = tuple(anchor for anchor in found if anchor is not None)
    if not anchors or len(anchors) < len(found) or len({anchor.key for anchor in anchors}) > 1:
        return None
    return anchors


def _text_anchor(text: str) -> Anchor | None:
    keyed = _KEYED.fullmatch(text)
    if keyed is None:
        return None
    rest = keyed[2]
    inside = rest[1:].removesuffix('"') if rest.startswith('"') else rest
    is_plain = '"' not in inside and "\\" not in inside if rest.startswith('"') else not _NEVER_BARE.search(rest)
    return Anchor(key=keyed[1], rest=rest, is_pattern=False) if is_plain else None


def _pattern_anchor(pattern: str) -> Anchor | None:
    keyed = _KEYED.fullmatch(pattern)
    if keyed is None or not stays_in_word(keyed[2]):
        return None
    return Anchor(key=keyed[1], rest=keyed[2], is_pattern=True)


def stays_in_word(pattern: str) -> bool:
    """Whether no match of an RE2 pattern can have a blank, a quote or a sign in it; False also where that is hard to tell."""
    at = depth = 0
    while at < len(pattern):
        if pattern[at] == "(":
            if pattern.startswith("(?", at) and not pattern.startswith("(?:", at):
                return False
            at += 3 if pattern.startswith("(?:", at) else 1
            depth += 1
            continue
        if pattern[at] == ")" and depth:
            depth -= 1
            repeats = _REPEATS.match(pattern, at + 1)
            at = at + 1 if repeats is None else repeats.end()
            continue
        if pattern[at] == "|" and depth:
            at += 1
            continue
        atom = _ATOM.match(pattern, at)
        if atom is None:
            return False
        at = atom.end()
    return depth == 0


def is_answerable(spelling: int) -> bool:
    """Whether the values of a column tell how the lines are written: bare, quoted, or quoted only in need."""
    return not spelling & UNSURE and not (spelling & BARE and spelling & QUOTED)


def always_quoted(spelling: int) -> bool:
    return not spelling & BARE


def column_condition(
    anchors: tuple[Anchor, ...], column: str, *, quoted: bool, keeps: bool, value: Callable[[str], str]
) -> str:
    """The filter as a condition on a column that is not NULL. ``quoted``: every value stands in quotes.

    ``value`` makes a parameter of a text.
    """
    either = " OR ".join(f"({_condition(anchor, column, quoted=quoted, value=value)})" for anchor in anchors)
    return f"({either})" if keeps else f"NOT ({either})"


def _condition(anchor: Anchor, column: str, *, quoted: bool, value: Callable[[str], str]) -> str:
    is_bare = "false" if quoted else f"NOT regexp_matches({column}, '{_NEEDS_QUOTES}')"
    is_quoted = f"{column} <> ''" if quoted else f"regexp_matches({column}, '{_NEEDS_QUOTES}')"
    if not anchor.rest or (anchor.is_pattern and compiled(f"^(?:{anchor.rest})").search(b"") is not None):
        return f"{column} <> ''"  # nothing at all has to follow the sign
    if anchor.is_pattern:
        test = f"regexp_matches({column}, {value(f'^(?:{anchor.rest})')})"
        return f"{column} <> '' AND {test} AND {is_bare}"
    if not anchor.rest.startswith('"'):
        return f"starts_with({column}, {value(anchor.rest)}) AND {is_bare}"
    inside = anchor.rest[1:]
    if inside.endswith('"'):
        return f"{column} = {value(inside[:-1])} AND {is_quoted}"
    return f"starts_with({column}, {value(inside)}) AND {is_quoted}"
