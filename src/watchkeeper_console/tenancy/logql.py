"""Confining LogQL to one value of one stream label.

Outside strings a brace can only open or close a stream selector, so the text is cut into tokens and every selector gets the
matcher. Whatever is not clearly one of LogQL's tokens is refused: comments are dropped, and nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from watchkeeper_console.tenancy.promql import NotConfinable, quoted

Kind: TypeAlias = Literal["space", "comment", "string", "word", "number", "operator", "open", "close"]

_ESCAPE = r"\\(?:[abfnrtv\\\"']|[0-7]{3}|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})"
_TOKEN = re.compile(
    rf"""
    (?P<space>[ \t\r\n]+)
    |(?P<comment>\#[^\n]*)
    |(?P<string>"(?:[^"\\\n]|{_ESCAPE})*"|`[^`]*`)
    |(?P<word>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<number>[0-9][0-9A-Za-z_.]*|\.[0-9][0-9A-Za-z_.]*)
    |(?P<open>\{{)
    |(?P<close>\}})
    |(?P<operator>\|[=~>]|![=~>]|=~|==|>=|<=|-{{1,2}}|/(?![/*])|[\[\]()|=<>+*%^,:.!])
    """,
    re.VERBOSE,
)
_MATCHES = frozenset({"=", "!=", "=~", "!~"})
_WITHOUT_STREAMS = frozenset({"vector"})
"""The one function that makes a series of nothing."""


@dataclass(frozen=True, slots=True)
class _Token:
    """``before``: whether space or a comment stood in front of it."""

    kind: Kind
    text: str
    before: bool


def confine(query: str, label: str, value: str) -> str:
    """``query`` with ``label="value"`` in every stream selector. Raises NotConfinable."""
    tokens = list(_tokens(query))
    parts: list[str] = []
    selectors, position = 0, 0
    while position < len(tokens):
        token = tokens[position]
        if token.kind == "open":
            position, selector = _selector(tokens, position, label, value)
            parts.append(" " + selector if token.before else selector)
            selectors += 1
            continue
        if token.kind == "close":
            raise NotConfinable("cannot understand this query: a brace closes nothing")
        parts.append(" " + token.text if token.before else token.text)
        position += 1
    words = {token.text.lower() for token in tokens if token.kind == "word"}
    if not selectors and words - _WITHOUT_STREAMS:
        raise NotConfinable("cannot confine this query to your organisation: it has no stream selector")
    return "".join(parts).strip()


def confine_selector(selector: str, label: str, value: str) -> str:
    """The same where only a stream selector may stand; an empty text becomes one. Raises NotConfinable."""
    tokens = list(_tokens(selector))
    if not tokens:
        return "{" + f"{label}={quoted(value)}" + "}"
    if tokens[0].kind != "open":
        raise NotConfinable("cannot use this as a selector of streams")
    end, confined = _selector(tokens, 0, label, value)
    if end != len(tokens):
        raise NotConfinable("cannot use this as a selector of streams")
    return confined


def _tokens(query: str) -> Iterator[_Token]:
    """Without space and comments, of which each token only knows that they were there."""
    position, before = 0, False
    while position < len(query):
        found = _TOKEN.match(query, position)
        if found is None:
            raise NotConfinable(f"cannot understand this query at its character {position + 1}")
        position = found.end()
        kind = found.lastgroup
        if kind in {"string", "word", "number", "operator", "open", "close"}:
            yield _Token(kind, found[0], before)  # type: ignore[arg-type] # the pattern's group names are the kinds
            before = False
        else:
            before = True


def _selector(tokens: list[_Token], start: int, label: str, value: str) -> tuple[int, str]:
    """The position behind the selector that opens at ``start``, and its confined text."""
    matchers = [f"{label}={quoted(value)}"]
    position = start + 1
    while True:
        if position >= len(tokens):
            raise NotConfinable("cannot understand this query: a selector is not closed")
        if tokens[position].kind == "close":
            return position + 1, "{" + ",".join(matchers) + "}"
        if position + 3 >= len(tokens):
            raise NotConfinable("cannot understand this query: a selector is not closed")
        name, operator, text, after = tokens[position : position + 4]
        if name.kind != "word" or operator.text not in _MATCHES or text.kind != "string":
            raise NotConfinable("cannot understand this query: a selector holds something that is no matcher")
        matchers.append(name.text + operator.text + text.text)
        if after.text == "," and after.kind == "operator":
            position += 4
        elif after.kind == "close":
            position += 3
        else:
            raise NotConfinable("cannot understand this query: a selector holds something that is no matcher")
