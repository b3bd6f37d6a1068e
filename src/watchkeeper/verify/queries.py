"""What a query names: metrics, labels and label values, and which of them a set of series knows. Pure.

What can be said without doubt is said: a metric that no series has, a label that none of its series has, a value that none of
them has. A value that is only excluded (``!=``, ``!~``) need not exist, but its label must. Of a pattern (``=~``) one match
is enough. What a person chooses on a dashboard (``$route``) may be anything, but its label must exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Operator: TypeAlias = Literal["=", "!=", "=~", "!~"]
Labels: TypeAlias = Mapping[str, str]

_OPERATORS: Mapping[str, Operator] = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}
_WINDOW = re.compile(r"\[\$\{?\w+\}?")
_MACRO = re.compile(r"\$\{?(__range|__rate_interval|__interval|__auto)(_ms|_s)?\b\}?")
_VARIABLE = re.compile(r"\$\{?(\w+)(:\w+)?\}?")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`|[{}]')
_ANYTHING = "\x00"
"""Stands where a person's choice goes: a character that no value has."""


class Unreadable(Exception):
    """The text is no PromQL; the message tells what the parser said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """One condition on a label. ``chosen``: its value is a person's choice, so only the label is asked for."""

    label: str
    operator: Operator
    value: str
    chosen: bool = False

    def __str__(self) -> str:
        value = "$…" if self.chosen else self.value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{self.label}{self.operator}"{value}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """Series of one metric; ``metric`` is empty where the query names none."""

    metric: str
    matchers: tuple[Matcher, ...] = ()

    def __str__(self) -> str:
        return self.metric + ("{" + ", ".join(map(str, self.matchers)) + "}" if self.matchers else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """Labels that a query sorts series by (``by``, ``on``, ``group_left``): at least one of ``selectors`` must have each."""

    labels: tuple[str, ...]
    selectors: tuple[Selector, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Everything that one query names."""

    selectors: tuple[Selector, ...]
    groupings: tuple[Grouping, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Something that a query names and no series has: ``what`` in words. ``metric_missing``: not even the metric is there."""

    selector: Selector
    what: str
    metric_missing: bool = False


def promql_named(expression: str, texts: Labels | None = None) -> Named:
    """What ``expression`` names; ``texts`` are the values of a dashboard's text fields. Raises Unreadable.

    What stands in ``absent()`` is left out: it is meant to be missing.
    """
    import promql_parser

    try:
        tree = promql_parser.parse(_filled(expression, texts or {}))
    except ValueError as error:
        raise Unreadable(str(error)) from error
    found = _Walk()
    found.visit(tree)
    return Named(selectors=tuple(dict.fromkeys(found.selectors)), groupings=tuple(found.groupings))


def logql_named(expression: str, texts: Labels | None = None) -> Named:
    """The streams that a LogQL expression selects; selectors have no metric. Whether the rest is LogQL, only a log store can
    tell. Raises Unreadable.
    """
    selectors = tuple(
        selector for text in _stream_selectors(_filled(expression, texts or {})) for selector in promql_named(text).selectors
    )
    return Named(selectors=tuple(dict.fromkeys(selectors)), groupings=())


def _stream_selectors(expression: str) -> Iterator[str]:
    """Every ``{…}`` outside of strings."""
    start: int | None = None
    for token in _TOKEN.finditer(expression):
        if token.group() == "{":
            start = token.start()
        elif token.group() == "}" and start is not None:
            yield expression[start : token.end()]
            start = None


def selector_named(text: str) -> Selector:
    """A series selector as people write it down. Raises Unreadable."""
    named = promql_named(text)
    if len(named.selectors) != 1 or named.groupings:
        raise Unreadable(f"cannot use {text!r}: write one metric with its labels")
    return named.selectors[0]


def metrics_of(named: Iterable[Named]) -> tuple[str, ...]:
    """Every metric that is named, sorted."""
    return tuple(sorted({selector.metric for one in named for selector in one.selectors if selector.metric}))


def unknown(named: Named, series: Mapping[str, Sequence[Labels]]) -> Iterator[Unknown]:
    """What is named and not there. ``series``: metric → the labels of all its series; under the empty name those of
    selectors without a metric (log streams), which are not looked up where there is no such entry.
    """
    missing = set()
    for selector in named.selectors:
        if not selector.metric and "" not in series:
            continue
        told = _unknown_of(selector, series.get(selector.metric, ()))
        if told:
            missing.add(selector)
            yield told
    for grouping in named.groupings:
        # series that are missing altogether have been told of; their labels are not known
        if any(selector in missing or not selector.metric for selector in grouping.selectors):
            continue
        known = {label for selector in grouping.selectors for labels in series[selector.metric] for label in labels}
        for label in grouping.labels:
            if label not in known:
                of = " or ".join(dict.fromkeys(selector.metric for selector in grouping.selectors))
                yield Unknown(selector=grouping.selectors[0], what=f"no series of {of} has the label {label}")


def expected_missing(unknown: Unknown, expected: Selector) -> bool:
    """Whether ``expected``, which somebody wrote down as seldom there, explains why ``unknown`` is not there.

    A bare metric explains a missing metric only; conditions explain that no series has them, and never a missing metric.
    """
    if unknown.selector.metric != expected.metric:
        return False
    return (
        unknown.metric_missing
        if not expected.matchers
        else (not unknown.metric_missing and set(expected.matchers) <= set(unknown.selector.matchers))
    )


def agrees(labels: Labels, matchers: Iterable[Matcher]) -> bool:
    """Whether a series satisfies every condition, with a missing label as an empty one."""
    return all(_holds(labels.get(matcher.label, ""), matcher) for matcher in matchers)


def _unknown_of(selector: Selector, series: Sequence[Labels]) -> Unknown | None:
    said = str(selector)
    of = f" of {selector.metric}" if selector.metric else ""
    if not series:
        what = f"no series is called {selector.metric}" if selector.metric else "there are no series at all"
        return Unknown(selector=selector, what=what, metric_missing=True)
    for matcher in selector.matchers:
        if not any(matcher.label in labels for labels in series):
            return Unknown(selector=selector, what=f"no series{of} has the label {matcher.label}")
    for matcher in selector.matchers:
        if not any(_holds(labels.get(matcher.label, ""), matcher) for labels in series):
            return Unknown(selector=selector, what=f"no series{of} has {matcher}")
    if not any(agrees(labels, selector.matchers) for labels in series):
        return Unknown(selector=selector, what=f"no series is {said}")
    return None


def _holds(value: str, matcher: Matcher) -> bool:
    if matcher.chosen:
        return value != "" or matcher.operator in ("!=", "!~")
    match matcher.operator:
        case "=":
            return value == matcher.value
        case "!=":
            return value != matcher.value
        case "=~":
            return re.fullmatch(matcher.value, value, re.DOTALL) is not None
        case "!~":
            return re.fullmatch(matcher.value, value, re.DOTALL) is None


def written_out(expression: str, texts: Labels) -> str:
    """The query as a server would get it: windows of five minutes, and every choice open."""
    return _filled(expression, texts).replace(_ANYTHING, ".+")


def _filled(expression: str, texts: Labels) -> str:
    expression = _WINDOW.sub("[5m", expression)
    expression = _MACRO.sub("300", expression)
    return _VARIABLE.sub(lambda match: texts.get(match.group(1), _ANYTHING), expression)


class _Walk:
    """Collects on its way down a parsed expression."""

    def __init__(self) -> None:
        self.selectors: list[Selector] = []
        self.groupings: list[Grouping] = []

    def visit(self, node: Any) -> tuple[frozenset[str], tuple[Selector, ...]]:
        """Labels that functions below ``node`` make, and the selectors below it."""
        match type(node).__name__:
            case "VectorSelector":
                selector = _selector(node)
                self.selectors.append(selector)
                return frozenset(), (selector,)
            case "MatrixSelector":
                return self.visit(node.vector_selector)
            case "ParenExpr" | "SubqueryExpr" | "UnaryExpr":
                return self.visit(node.expr)
            case "AggregateExpr":
                return self._aggregate(node)
            case "BinaryExpr":
                return self._binary(node)
            case "Call":
                return self._call(node)
        return frozenset(), ()

    def _aggregate(self, node: Any) -> tuple[frozenset[str], tuple[Selector, ...]]:
        made, below = self.visit(node.expr)
        if node.modifier is not None and str(node.modifier.type).endswith("By"):
            self._group(node.modifier.labels, made, below)
        if str(node.op) == "count_values" and node.param is not None:
            made |= {str(getattr(node.param, "val", ""))}
        return made, below

    def _binary(self, node: Any) -> tuple[frozenset[str], tuple[Selector, ...]]:
        (left_made, left), (right_made, right) = self.visit(node.lhs), self.visit(node.rhs)
        made, below = left_made | right_made, (*left, *right)
        modifier = node.modifier
        if modifier is not None and modifier.matching is not None:
            self._group(modifier.matching.labels, made, below)
        if modifier is not None and modifier.group_labels:
            self._group(modifier.group_labels, made, below)
        return made, below

    def _call(self, node: Any) -> tuple[frozenset[str], tuple[Selector, ...]]:
        if node.func.name in ("absent", "absent_over_time"):
            return frozenset(), ()
        made: frozenset[str] = frozenset()
        below: tuple[Selector, ...] = ()
        for argument in node.args:
            more_made, more = self.visit(argument)
            made, below = made | more_made, (*below, *more)
        if node.func.name in ("label_replace", "label_join"):
            made |= {str(node.args[1].val)}
        if node.func.name == "histogram_quantile":
            self._group(["le"], made, below)
        return made, below

    def _group(self, labels: Iterable[str], made: frozenset[str], below: tuple[Selector, ...]) -> None:
        asked = tuple(label for label in labels if label not in made)
        if asked and below:
            self.groupings.append(Grouping(labels=asked, selectors=below))


def _selector(node: Any) -> Selector:
    metric = node.name or ""
    matchers = []
    for matcher in node.matchers.matchers:
        operator = _OPERATORS[str(matcher.op).rpartition(".")[2]]
        if matcher.name == "__name__" and operator == "=":
            metric = matcher.value
            continue
        matchers.append(Matcher(label=matcher.name, operator=operator, value=matcher.value, chosen=_ANYTHING in matcher.value))
    return Selector(metric=metric, matchers=tuple(matchers))
