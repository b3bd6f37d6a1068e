"""Label selectors as Prometheus, Loki and Alertmanager write them: ``{job="shop", level=~"warn|error"}``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

Operator: TypeAlias = Literal["=", "!=", "=~", "!~"]

LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_OPERATOR = re.compile(r"=~|!~|!=|=")
_SPACE = re.compile(r"[ \t\r\n]*")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "\\": "\\", '"': '"', "'": "'"}


class SelectorError(ValueError):
    """``regex`` tells a refused regular expression from other mistakes; ``offset`` counts characters from 0."""

    def __init__(self, message: str, *, offset: int, regex: bool = False) -> None:
        super().__init__(message)
        self.offset = offset
        self.regex = regex


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """One condition on a label. A label that is not there has the empty value; regular expressions match whole values."""

    label: str
    operator: Operator
    value: str

    def __str__(self) -> str:
        return f"{self.label}{self.operator}{_quoted(self.value)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """All ``matchers`` must match. ``str`` gives the canonical text, which parses to the same selector."""

    matchers: tuple[Matcher, ...]

    def __str__(self) -> str:
        return "{" + ", ".join(map(str, self.matchers)) + "}"


def equal_labels(labels: Mapping[str, str]) -> Selector:
    """The selector for ``label: value`` pairs."""
    return Selector(matchers=tuple(Matcher(label=label, operator="=", value=value) for label, value in labels.items()))


def parse_selector(text: str) -> Selector:
    """Read a selector in braces. Raises SelectorError."""
    at = _skip(text, 0)
    if text[at : at + 1] != "{":
        raise SelectorError("a selector starts with {", offset=at)
    at = _skip(text, at + 1)
    matchers: list[Matcher] = []
    while text[at : at + 1] != "}":
        matcher, at = _matcher(text, at)
        matchers.append(matcher)
        at = _skip(text, at)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        elif text[at : at + 1] != "}":
            raise SelectorError("expected , or } here", offset=at)
    if _skip(text, at + 1) != len(text):
        raise SelectorError("expected nothing after }", offset=at + 1)
    if not matchers:
        raise SelectorError("a selector needs a condition between { and }", offset=at)
    return Selector(matchers=tuple(matchers))


def check_regex(pattern: str) -> None:
    """Raises ValueError with RE2's reason. Prometheus, Loki and Alertmanager all use RE2: no lookahead, no backreference."""
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error as refused:
        reason = refused.args[0]
        raise ValueError(reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)) from None


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _matcher(text: str, at: int) -> tuple[Matcher, int]:
    name = LABEL_NAME.match(text, at)
    if not name:
        raise SelectorError("expected a label name here" if at < len(text) else "the closing } is missing", offset=at)
    at = _skip(text, name.end())
    operator = _OPERATOR.match(text, at)
    if not operator:
        raise SelectorError(f"expected one of {' '.join(get_args(Operator))} after {name[0]}", offset=at)
    start = _skip(text, operator.end())
    value, at = _string(text, start)
    kinds: dict[str, Operator] = {"=": "=", "!=": "!=", "=~": "=~", "!~": "!~"}
    if operator[0] in ("=~", "!~"):
        try:
            check_regex(value)
        except ValueError as refused:
            raise SelectorError(str(refused), offset=start, regex=True) from None
    return Matcher(label=name[0], operator=kinds[operator[0]], value=value), at


def _string(text: str, start: int) -> tuple[str, int]:
    quote = text[start : start + 1]
    if not quote or quote not in "\"'`":
        raise SelectorError("expected a value in quotes here", offset=start)
    if quote == "`":
        end = text.find("`", start + 1)
        if end < 0:
            raise SelectorError("the closing quote is missing", offset=start)
        return text[start + 1 : end], end + 1
    parts: list[str] = []
    at = start + 1
    while at < len(text) and text[at] not in (quote, "\n"):
        if text[at] != "\\":
            parts.append(text[at])
            at += 1
            continue
        escape = text[at + 1 : at + 2]
        if escape not in _ESCAPES:
            raise SelectorError(f"unknown escape \\{escape}; write a backslash twice", offset=at)
        parts.append(_ESCAPES[escape])
        at += 2
    if text[at : at + 1] != quote:
        raise SelectorError("the closing quote is missing", offset=start)
    return "".join(parts), at + 1


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    return f'"{escaped}"'
