"""TraceQL as a tree: what a query means. Types only; ``str`` of a node is TraceQL again."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal, TypeAlias

Scope = Literal["", "span", "resource", "event", "link", "instrumentation"]
"""Where an attribute is looked up; ``""``: in the span, then in its resource."""


class Kind(Enum):
    """The type of a value, as far as the text tells it."""

    ATTRIBUTE = "attribute"
    """Whatever the span holds there."""
    STRING = "string"
    INTEGER = "integer"
    FLOAT = "float"
    DURATION = "duration"
    BOOLEAN = "boolean"
    STATUS = "status"
    SPAN_KIND = "kind"
    NIL = "nil"

    @property
    def is_numeric(self) -> bool:
        """Numbers and durations compare and compute with each other."""
        return self in {Kind.INTEGER, Kind.FLOAT, Kind.DURATION}


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant. Durations are integer nanoseconds; ``text`` is how it was written. Status and kind are OTLP's numbers."""

    kind: Kind
    value: str | int | float | bool | None
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Attribute:
    """``span.http.route``, ``.level``, ``parent.resource.service.name``."""

    name: str
    scope: Scope = ""
    of_parent: bool = False

    def __str__(self) -> str:
        words = (("parent",) if self.of_parent else ()) + ((self.scope,) if self.scope else ())
        return f"{'.'.join(words)}.{_attribute_text(self.name, is_bare=not words)}"


@dataclass(frozen=True, slots=True)
class Intrinsic:
    """What every span has: ``name``, ``duration``, ``trace:rootName``, in the scoped spelling of ``INTRINSICS``."""

    name: str

    def __str__(self) -> str:
        return _SHORT.get(self.name, self.name)


@dataclass(frozen=True, slots=True)
class Unary:
    """``-x`` or ``!x``."""

    operator: str
    operand: Field

    def __str__(self) -> str:
        return f"{self.operator}({self.operand})" if isinstance(self.operand, Binary) else f"{self.operator}{self.operand}"


@dataclass(frozen=True, slots=True)
class Binary:
    """Arithmetic, comparison, match or logic between two values of one span."""

    operator: str
    left: Field
    right: Field

    def __str__(self) -> str:
        return f"{_inner(self.left, self.operator)} {self.operator} {_inner(self.right, self.operator)}"


Field: TypeAlias = Constant | Attribute | Intrinsic | Unary | Binary


@dataclass(frozen=True, slots=True)
class Filter:
    """``{ … }``; without a condition every span."""

    condition: Field | None

    def __str__(self) -> str:
        return "{ }" if self.condition is None else f"{{ {self.condition} }}"


@dataclass(frozen=True, slots=True)
class Relation:
    """``&& ||`` between span sets, or a structural operator such as ``>>``, ``!<``, ``&~``."""

    operator: str
    left: Spans
    right: Spans

    def __str__(self) -> str:
        return f"{_wrapped(self.left)} {self.operator} {_wrapped(self.right)}"


@dataclass(frozen=True, slots=True)
class Aggregate:
    """``count()``, ``avg(duration)`` … of a span set."""

    function: str
    field: Field | None

    def __str__(self) -> str:
        return f"{self.function}({'' if self.field is None else self.field})"


@dataclass(frozen=True, slots=True)
class ScalarOperation:
    """Arithmetic between numbers of a span set."""

    operator: str
    left: Scalar
    right: Scalar

    def __str__(self) -> str:
        return f"({_number(self.left)} {self.operator} {_number(self.right)})"


@dataclass(frozen=True, slots=True)
class ScalarFilter:
    """Keeps the span sets whose numbers compare so."""

    operator: str
    left: Scalar
    right: Scalar

    def __str__(self) -> str:
        return f"{_number(self.left)} {self.operator} {_number(self.right)}"


@dataclass(frozen=True, slots=True)
class By:
    """Splits each span set by a value."""

    field: Field

    def __str__(self) -> str:
        return f"by({self.field})"


@dataclass(frozen=True, slots=True)
class Coalesce:
    """Joins a trace's span sets to one."""

    def __str__(self) -> str:
        return "coalesce()"


@dataclass(frozen=True, slots=True)
class Select:
    """Returns these values with each span."""

    fields: tuple[Attribute | Intrinsic, ...]

    def __str__(self) -> str:
        return f"select({', '.join(map(str, self.fields))})"


@dataclass(frozen=True, slots=True)
class Metric:
    """What a metrics query computes from the spans of each step. ``numbers``: quantiles, or the limit of ``compare``."""

    function: str
    field: Attribute | Intrinsic | None = None
    numbers: tuple[float, ...] = ()
    by: tuple[Attribute | Intrinsic, ...] = ()
    baseline: Filter | None = None

    def __str__(self) -> str:
        inside = [str(part) for part in (self.baseline, self.field) if part is not None]
        inside += [f"{number:g}" for number in self.numbers]
        grouped = f" by({', '.join(map(str, self.by))})" if self.by else ""
        return f"{self.function}({', '.join(inside)}){grouped}"


@dataclass(frozen=True, slots=True)
class SeriesStage:
    """A second stage over series: ``topk(5)``, ``bottomk(5)``, or a comparison with a number."""

    function: str
    number: float

    def __str__(self) -> str:
        return f"{self.function}({self.number:g})" if self.function.isalpha() else f"{self.function} {self.number:g}"


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Stages from left to right. ``metric`` makes it a metrics query."""

    stages: tuple[Stage, ...]
    metric: Metric | None = None
    series: tuple[SeriesStage, ...] = ()
    hints: tuple[tuple[str, Constant], ...] = ()

    def __str__(self) -> str:
        parts = [f"({stage})" if isinstance(stage, Pipeline) else str(stage) for stage in self.stages]
        if self.metric is not None:
            parts.append(str(self.metric))
        return f"{' | '.join(parts)}{_after_series(self.series)}{_hints_text(self.hints)}"


@dataclass(frozen=True, slots=True)
class Calculation:
    """Arithmetic between the series of two metrics queries, or of one and a number, step by step. Not both are numbers."""

    operator: str
    left: Operand
    right: Operand
    series: tuple[SeriesStage, ...] = ()
    hints: tuple[tuple[str, Constant], ...] = ()

    def __str__(self) -> str:
        return f"({self.left}) {self.operator} ({self.right}){_after_series(self.series)}{_hints_text(self.hints)}"


Operand: TypeAlias = Pipeline | Calculation | Constant
"""A pipeline here has a metric, a constant is a number."""
Query: TypeAlias = Pipeline | Calculation
Spans: TypeAlias = Filter | Relation | Pipeline
Scalar: TypeAlias = Constant | Aggregate | ScalarOperation | Pipeline
"""A pipeline here ends with an aggregate, its last stage."""
Stage: TypeAlias = Filter | Relation | Pipeline | ScalarFilter | By | Coalesce | Select | Aggregate


def spans_behind(query: Query) -> Pipeline:
    """What finds the spans that a query is about: of a metrics query those that it computes from."""
    if isinstance(query, Pipeline):
        return Pipeline(query.stages)
    sides = [spans_behind(side) for side in (query.left, query.right) if not isinstance(side, Constant)]
    return sides[0] if len(sides) == 1 else Pipeline((Relation("||", sides[0], sides[1]),))


INTRINSICS: dict[str, Kind] = {
    "span:duration": Kind.DURATION,
    "span:name": Kind.STRING,
    "span:status": Kind.STATUS,
    "span:statusMessage": Kind.STRING,
    "span:kind": Kind.SPAN_KIND,
    "span:id": Kind.STRING,
    "span:parentID": Kind.STRING,
    "span:childCount": Kind.INTEGER,
    "trace:duration": Kind.DURATION,
    "trace:rootName": Kind.STRING,
    "trace:rootService": Kind.STRING,
    "trace:id": Kind.STRING,
    "event:name": Kind.STRING,
    "event:timeSinceStart": Kind.DURATION,
    "link:traceID": Kind.STRING,
    "link:spanID": Kind.STRING,
    "instrumentation:name": Kind.ATTRIBUTE,
    "instrumentation:version": Kind.ATTRIBUTE,
    "nestedSetLeft": Kind.INTEGER,
    "nestedSetRight": Kind.INTEGER,
    "nestedSetParent": Kind.INTEGER,
    "parent": Kind.NIL,
}
"""Scoped spelling → type. ``parent`` is there to be compared with nil."""

SHORT_NAMES = {
    "duration": "span:duration",
    "name": "span:name",
    "status": "span:status",
    "statusMessage": "span:statusMessage",
    "kind": "span:kind",
    "childCount": "span:childCount",
    "traceDuration": "trace:duration",
    "rootName": "trace:rootName",
    "rootServiceName": "trace:rootService",
    "nestedSetLeft": "nestedSetLeft",
    "nestedSetRight": "nestedSetRight",
    "nestedSetParent": "nestedSetParent",
    "parent": "parent",
}
_SHORT = {scoped: short for short, scoped in SHORT_NAMES.items()}
_ARITHMETIC = frozenset("+-*/%^")
_PLAIN = frozenset('{}()=~!<>&|^,"\\')


def _after_series(stages: tuple[SeriesStage, ...]) -> str:
    return "".join(f" | {stage}" if stage.function.isalpha() else f" {stage}" for stage in stages)


def _hints_text(hints: tuple[tuple[str, Constant], ...]) -> str:
    return f" with({', '.join(f'{name}={value}' for name, value in hints)})" if hints else ""


def _attribute_text(name: str, *, is_bare: bool) -> str:
    """The name, in quotes where it would be read otherwise; a bare one must not begin like a number."""
    if name and not any(letter in _PLAIN or letter.isspace() for letter in name) and not (is_bare and name[0].isdigit()):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _inner(field: Field, operator: str) -> str:
    # A sign binds weaker than * and ^: without parentheses it would take the whole product.
    encloses = isinstance(field, Binary) or (isinstance(field, Unary) and operator in _ARITHMETIC)
    return f"({field})" if encloses else str(field)


def _wrapped(spans: Spans) -> str:
    return str(spans) if isinstance(spans, Filter) else f"({spans})"


def _number(scalar: Scalar) -> str:
    return f"({scalar})" if isinstance(scalar, Pipeline) else str(scalar)
