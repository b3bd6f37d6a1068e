"""The typed syntax tree. Nodes are immutable values; two queries that mean the same to the parser are equal."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from watchkeeper_store.logql.matching import Matcher
from watchkeeper_store.logql.stages.stage import Stage
from watchkeeper_store.logql.stages.unwrap import Unwrap


@dataclass(frozen=True, slots=True, kw_only=True)
class LogQuery:
    """A selector and its pipeline."""

    matchers: tuple[Matcher, ...]
    stages: tuple[Stage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRange:
    """The lines (with `unwrap`, values) of a window `range_ns` long that ends `offset_ns` before the evaluated instant."""

    query: LogQuery
    range_ns: int
    offset_ns: int = 0
    unwrap: Unwrap | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """`by (names)` or `without (names)`; names in the order written."""

    names: tuple[str, ...] = ()
    without: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeAggregation:
    """`function([parameter,] range) [grouping]`."""

    function: str
    range: LogRange
    parameter: float | None = None
    grouping: Grouping | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorAggregation:
    """`function [grouping] ([parameter,] operand)`; no grouping and `by ()` mean the same."""

    function: str
    operand: "MetricQuery"
    parameter: int | None = None
    grouping: Grouping = Grouping()


class Cardinality(StrEnum):
    """Which side of a binary operation may have several series per group."""

    ONE_TO_ONE = ""
    MANY_TO_ONE = "group_left"
    ONE_TO_MANY = "group_right"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """How series of two sides find each other; `labels` None stands for no `on` and no `ignoring`."""

    on: bool = False
    labels: tuple[str, ...] | None = None
    cardinality: Cardinality = Cardinality.ONE_TO_ONE
    include: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BinaryOperation:
    """`left operator [bool] [matching] right`; at most one side is a Literal."""

    operator: str
    left: "MetricQuery"
    right: "MetricQuery"
    returns_bool: bool = False
    matching: Matching = Matching()


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelReplace:
    """`label_replace(operand, destination, replacement, source, pattern)`."""

    operand: "MetricQuery"
    destination: str
    replacement: str
    source: str
    pattern: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """`vector(value)`: one series without labels at every instant."""

    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A number; operations between two numbers are folded by the parser."""

    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Variants:
    """`variants(metrics) of (range)`: several queries about the same lines. It can be read and printed, but not answered."""

    metrics: tuple["MetricQuery", ...]
    of: LogRange


MetricQuery: TypeAlias = RangeAggregation | VectorAggregation | BinaryOperation | LabelReplace | Vector | Literal
Expression: TypeAlias = LogQuery | MetricQuery
