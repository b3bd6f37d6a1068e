"""Pipelines: span sets, the relations between them, aggregates, and what becomes of them. Fields are read in ``fields``."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from watchkeeper_store.traceql import metrics_stages
from watchkeeper_store.traceql.fields import (
    asks_the_span,
    field,
    fields_listed,
    filter_after_brace,
    kind_of,
    literal_of,
    match,
    takes,
)
from watchkeeper_store.traceql.lexer import Token
from watchkeeper_store.traceql.tokens_ahead import Ahead
from watchkeeper_store.traceql.tree import (
    Aggregate,
    By,
    Calculation,
    Coalesce,
    Constant,
    Filter,
    Kind,
    Pipeline,
    Query,
    Relation,
    Scalar,
    ScalarFilter,
    ScalarOperation,
    Select,
    Spans,
    Stage,
)

_STRUCTURAL = frozenset(
    {">", "<", ">>", "<<", "~", "!>", "!<", "!>>", "!<<", "!~", "&>", "&<", "&>>", "&<<", "&~"}
)  # fmt: skip
_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_BINDING = {"&&": 1, "||": 1, "+": 3, "-": 3, "*": 5, "/": 5, "%": 5, "^": 6} | dict.fromkeys(_STRUCTURAL | _COMPARISONS, 2)
_AGGREGATES = frozenset({"count", "avg", "max", "min", "sum"})
_DEEPEST = 200

_Part: TypeAlias = Spans | Scalar | ScalarFilter | Calculation


def parse(text: str) -> Query:
    """A whole query. Raises QueryMistaken, with the first mistake only."""
    ahead = Ahead(text)
    try:
        made = _pipeline(ahead, depth=0)
        made = replace(made, hints=metrics_stages.hints(ahead))
    except RecursionError:  # the limits of fields and of span sets add up, and a long chain is a deep tree
        raise ahead.mistake("the query nests too deeply") from None
    if ahead.token.kind != "end":
        raise ahead.mistake("expected the end of the query")
    if isinstance(made, Pipeline) and made.metric is None and isinstance(made.stages[-1], Aggregate):
        raise ahead.mistake("an aggregate must be compared with something, as in count() > 2")
    return made


def _pipeline(ahead: Ahead, *, depth: int) -> Query:
    """Stages joined by ``|``. In parentheses (``depth`` above 0) the last may be an aggregate."""
    first = _first_stage(ahead, depth)
    if metrics_stages.is_series(first):
        return metrics_stages.with_second_stages(ahead, first)
    return _continued(ahead, first, depth)


def _continued(ahead: Ahead, first: Stage | Calculation, depth: int) -> Query:
    """The pipeline that begins with a stage already read."""
    assert not isinstance(first, Calculation)  # noqa: S101 - series were told apart before
    stages: list[Stage] = [first]
    while ahead.takes("|"):
        if _stands_alone(stages[0]):
            raise ahead.mistake("nothing can follow pipelines in parentheses")
        if ahead.sees_word(*metrics_stages.FUNCTIONS):
            return metrics_stages.with_metric(ahead, tuple(stages))
        start = ahead.token
        stage = _stage(ahead, depth)
        if isinstance(stage, Calculation) or _stands_alone(stage):
            raise ahead.mistake("pipelines in parentheses can only stand alone", start)
        stages.append(stage)
        if isinstance(stage, Aggregate) and not (depth and ahead.sees(")")):
            raise ahead.mistake("an aggregate must be compared with something, as in count() > 2", start)
    return Pipeline(tuple(stages))


def _stands_alone(stage: Stage) -> bool:
    """Whether it is made of pipelines, which are no stages of another pipeline."""
    return _of_pipelines(stage.left) if isinstance(stage, ScalarFilter) else _is_pipelined(stage)


def _first_stage(ahead: Ahead, depth: int) -> Stage | Calculation:
    stage = _stage(ahead, depth)
    if isinstance(stage, Coalesce):
        raise ahead.mistake(f"a query cannot begin with {stage}")
    if isinstance(stage, Aggregate):
        raise ahead.mistake("an aggregate must be compared with something, as in count() > 2")
    return stage


def _stage(ahead: Ahead, depth: int) -> Stage | Calculation:
    start = ahead.token
    if ahead.sees_word("by"):
        ahead.take()
        ahead.demand("(")
        expression = field(ahead)
        if not asks_the_span(expression):
            raise ahead.mistake(f"cannot group by {expression}: it is the same for every span", start)
        ahead.demand(")")
        return By(expression)
    if ahead.sees_word("coalesce"):
        ahead.take()
        ahead.demand("(")
        ahead.demand(")")
        return Coalesce()
    if ahead.sees_word("select"):
        ahead.take()
        ahead.demand("(")
        chosen = fields_listed(ahead)
        ahead.demand(")")
        return Select(chosen)
    part = _part(ahead, 0, depth)
    if isinstance(part, Constant | ScalarOperation) or (isinstance(part, Pipeline) and _ends_in_number(part)):
        raise ahead.mistake("a number must be compared with something, as in count() > 2", start)
    return part


def _part(ahead: Ahead, binding: int, depth: int) -> _Part:
    if depth > _DEEPEST:
        raise ahead.mistake("the query nests too deeply")
    enclosed = ahead.sees("(")
    left = _operand(ahead, depth)
    while ahead.token.kind == "operator" and _BINDING.get(ahead.token.text, 0) > binding:
        if metrics_stages.is_series(left) and ahead.sees(*_COMPARISONS):
            break  # a comparison is a second stage of series
        token = ahead.take()
        strength = _BINDING[token.text]
        right_enclosed = ahead.sees("(")
        right = _part(ahead, strength - 1 if token.text == "^" else strength, depth + 1)
        if metrics_stages.is_series(left) or metrics_stages.is_series(right):
            left, enclosed = metrics_stages.calculation(ahead, token, left, right), False
            continue
        if enclosed and _is_pipelined(right):
            left = _as_pipeline(left)
        if right_enclosed and _is_pipelined(left):
            right = _as_pipeline(right)
        left, enclosed = _joined(ahead, token, left, right), False
    return left


def _is_pipelined(part: _Part | Stage) -> bool:
    """Whether it is made of pipelines, which do not mix with plain span sets."""
    return isinstance(part, Pipeline) or (isinstance(part, Relation) and _is_pipelined(part.left))


def _as_pipeline(part: _Part) -> _Part:
    """A plain span set in parentheses may stand where a pipeline must."""
    return Pipeline((part,)) if isinstance(part, Filter) or (isinstance(part, Relation) and not _is_pipelined(part)) else part


def _operand(ahead: Ahead, depth: int) -> _Part:
    if ahead.takes("{"):
        return filter_after_brace(ahead)
    if ahead.sees("("):
        return _in_parentheses(ahead, depth)
    negative = ahead.take() if ahead.sees("-") else None
    token = ahead.token
    if (literal := literal_of(token)) is not None:
        ahead.take()
        if negative is None:
            return literal
        if not literal.kind.is_numeric:
            raise ahead.mistake(f"cannot apply - to a {literal.kind.value}", negative)
        assert isinstance(literal.value, int | float)  # noqa: S101 - numeric
        return Constant(literal.kind, -literal.value, f"-{literal.text}")
    if negative is None and ahead.sees_word(*_AGGREGATES):
        return _aggregate(ahead)
    raise ahead.mistake("expected a span set or an aggregate")


def _in_parentheses(ahead: Ahead, depth: int) -> _Part:
    """A span set or a number in parentheses is itself; anything with ``|`` is a pipeline of its own."""
    ahead.demand("(")
    inside: _Part
    if ahead.sees_word("by", "select"):
        inside = _pipeline(ahead, depth=depth + 1)
    else:
        inside = _part(ahead, 0, depth + 1)
        if metrics_stages.is_series(inside):
            inside = metrics_stages.with_second_stages(ahead, inside)
        elif ahead.sees("|"):
            inside = _continued(ahead, _as_stage(ahead, inside), depth + 1)
        elif isinstance(inside, ScalarFilter):
            inside = Pipeline((inside,))
    ahead.demand(")")
    return inside


def _as_stage(ahead: Ahead, part: _Part) -> Stage | Calculation:
    if isinstance(part, Constant | ScalarOperation | Aggregate | Pipeline):
        raise ahead.mistake("expected ')'")
    return part


def _aggregate(ahead: Ahead) -> Aggregate:
    token = ahead.take()
    ahead.demand("(")
    if token.text == "count":
        ahead.demand(")")
        return Aggregate("count", None)
    expression = field(ahead)
    ahead.demand(")")
    kind = kind_of(expression)
    if kind is not Kind.ATTRIBUTE and not kind.is_numeric:
        raise ahead.mistake(f"cannot take the {token.text} of a {kind.value}: {expression}", token)
    if not asks_the_span(expression):
        raise ahead.mistake(f"cannot take the {token.text} of {expression}: it is the same for every span", token)
    return Aggregate(token.text, expression)


def _ends_in_number(pipeline: Pipeline) -> bool:
    return isinstance(pipeline.stages[-1], Aggregate)


def _is_number(part: _Part) -> bool:
    return isinstance(part, Constant | Aggregate | ScalarOperation) or (isinstance(part, Pipeline) and _ends_in_number(part))


def _joined(ahead: Ahead, token: Token, left: _Part, right: _Part) -> _Part:
    operator = token.text
    if isinstance(left, ScalarFilter) or isinstance(right, ScalarFilter):
        raise ahead.mistake(f"cannot use {operator} with a comparison; put it into a pipeline of its own in parentheses", token)
    if _is_number(left) and _is_number(right):
        return _numbers(ahead, token, left, right)  # type: ignore[arg-type]  # both were just seen to be numbers
    if _is_number(left) or _is_number(right):
        raise ahead.mistake(f"cannot use {operator} between a span set and a number", token)
    if operator not in _STRUCTURAL and operator not in {"&&", "||"}:
        raise ahead.mistake(f"cannot use {operator} between span sets", token)
    if _is_pipelined(left) != _is_pipelined(right):
        raise ahead.mistake(
            f"cannot use {operator} between a pipeline and a span set; put both into parentheses with a pipeline", token
        )
    return Relation(operator, left, right)  # type: ignore[arg-type]  # neither is a number nor a comparison


def _numbers(ahead: Ahead, token: Token, left: Scalar, right: Scalar) -> _Part:
    operator = token.text
    if operator not in _BINDING or operator in {"&&", "||"} or operator not in {*"+-*/%^", *_COMPARISONS}:
        raise ahead.mistake(f"cannot use {operator} between numbers", token)
    if _of_pipelines(left) != _of_pipelines(right) and not (
        operator in _COMPARISONS and _of_pipelines(left) and isinstance(right, Constant)
    ):
        raise ahead.mistake(f"cannot use {operator} between the number of a pipeline and another number", token)
    kinds = (scalar_kind(left), scalar_kind(right))
    constants = [side for side in (left, right) if isinstance(side, Constant)]
    if not _of_pipelines(left) and any(not side.kind.is_numeric for side in constants):
        raise ahead.mistake(f"cannot use {operator} with something that is no number", token)
    if Kind.NIL in kinds:
        raise ahead.mistake("a number of a span set is never nil", token)
    if not match(*kinds):
        raise ahead.mistake(f"cannot use {operator} between a {kinds[0].value} and a {kinds[1].value}", token)
    for kind in kinds:
        if not takes(operator, kind):
            raise ahead.mistake(f"cannot use {operator} with a {kind.value}", token)
    if operator in _COMPARISONS:
        return ScalarFilter(operator, left, right)
    return ScalarOperation(operator, left, right)


def _of_pipelines(scalar: Scalar) -> bool:
    return isinstance(scalar, Pipeline) or (isinstance(scalar, ScalarOperation) and _of_pipelines(scalar.left))


def scalar_kind(scalar: Scalar) -> Kind:
    """The type of a number of a span set."""
    match scalar:
        case Constant():
            return scalar.kind
        case Aggregate():
            return Kind.INTEGER if scalar.field is None else kind_of(scalar.field)
        case ScalarOperation():
            left = scalar_kind(scalar.left)
            return scalar_kind(scalar.right) if left is Kind.ATTRIBUTE else left
        case Pipeline():
            last = scalar.stages[-1]
            assert isinstance(last, Aggregate)  # noqa: S101 - only such a pipeline is a number
            return scalar_kind(last)
