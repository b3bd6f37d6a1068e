"""Small wrongs planted into alerting rules: each must be noticed by at least one of the rule's unit tests. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_STRING = r'"(?:[^"\\]|\\.)*"'
# the resolution of round() and the quantile are no thresholds: they say how a value is written, and which value is meant
_KEPT = rf"{_STRING}|\[[^\]]*\]|\boffset \w+|, 0\.0*1\)|histogram_quantile\(0\.\d+|[a-zA-Z_:][a-zA-Z0-9_:]*"
_NUMBER = re.compile(rf"({_KEPT})|(\d+(?:\.\d+)?)")
_OPERATOR = re.compile(rf"(\{{[^}}]*\}}|{_STRING})|(==|!=|>=|<=|>|<)")
_MATCHER = re.compile(rf"(=~|!~|!=|=)({_STRING})(?=[,}} ])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_WRONG_OPERATORS = {">": (">=", "<"), "<": ("<=", ">"), "==": ("!=",), "!=": ("==",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """``rule`` with one thing changed; ``wrong`` says which, for people."""

    rule: Mapping[str, Any]
    wrong: str


def mutants(rule: Mapping[str, Any]) -> Iterator[Mutant]:
    """Every number, comparison, matched value, waiting time and label of an alerting rule, changed one at a time."""
    expression = str(rule["expr"])
    for wrong, text in (*_numbers(expression), *_operators(expression), *_matchers(expression)):
        yield Mutant(rule={**rule, "expr": text}, wrong=wrong)
    for wait in _waits(rule.get("for")):
        yield Mutant(rule={**rule, "for": wait}, wrong=f"for {rule.get('for', '0s')} → {wait}")
    for label, value in rule.get("labels", {}).items():
        yield Mutant(rule={**rule, "labels": {**rule["labels"], label: f"{value}-x"}}, wrong=f"label {label}={value}")


def _replaced(text: str, match: re.Match[str], group: int, new: str) -> str:
    return text[: match.start(group)] + new + text[match.end(group) :]


def _numbers(expression: str) -> Iterator[tuple[str, str]]:
    for match in _NUMBER.finditer(expression):
        if written := match[2]:
            number = float(written)
            step = 1.0 if number.is_integer() and number <= 20 else number / 10
            for other in (number + step, number - step):
                yield f"{written} → {other:g}", _replaced(expression, match, 2, f"({other!r})")


def _operators(expression: str) -> Iterator[tuple[str, str]]:
    for match in _OPERATOR.finditer(expression):
        for other in _WRONG_OPERATORS.get(match[2] or "", ()):
            yield f"{match[2]} → {other}", _replaced(expression, match, 2, other)


def _matchers(expression: str) -> Iterator[tuple[str, str]]:
    for match in _MATCHER.finditer(expression):
        yield f"{match[0]} → another value", _replaced(expression, match, 2, '"something else"')


def _waits(written: str | None) -> tuple[str, ...]:
    if not written:
        return ("1h",)
    seconds = sum(int(number) * _SECONDS[unit] for number, unit in re.findall(r"(\d+)([smhd])", written))
    return (f"{seconds * 2}s", f"{seconds // 2}s")
