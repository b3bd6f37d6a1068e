"""Whole queries: log queries, aggregations, functions, and operators between them by precedence."""

from dataclasses import dataclass

from watchkeeper_store.logql.errors import ParseError, VariantsDisabled
from watchkeeper_store.logql.language import BINARY_OPERATORS, FUNCTION_TOKENS, RANGE_FUNCTIONS, VECTOR_FUNCTIONS
from watchkeeper_store.logql.parser import building
from watchkeeper_store.logql.parser.broken import Metric, Parsed
from watchkeeper_store.logql.parser.cursor import Cursor
from watchkeeper_store.logql.parser.selection import parse_log_query, parse_range
from watchkeeper_store.logql.tree import Cardinality, Expression, Grouping, LogQuery, LogRange, Matching, Variants

_RANGE_TOKENS = {FUNCTION_TOKENS[name]: name for name in RANGE_FUNCTIONS}
_VECTOR_TOKENS = {FUNCTION_TOKENS[name]: name for name in VECTOR_FUNCTIONS}
_MAX_QUERY_BYTES = 131_072


def parse(text: str) -> Expression:
    """Read a query that can be answered. Raises ParseError."""
    query = parse_any(text)
    if isinstance(query, Variants):
        raise VariantsDisabled
    return query


def parse_any(text: str) -> Expression | Variants:
    """Read a query. Raises ParseError."""
    size_bytes = len(text.encode("utf-8", "surrogatepass"))
    if size_bytes >= _MAX_QUERY_BYTES:
        raise ParseError(f"input size too long ({size_bytes} > {_MAX_QUERY_BYTES})")
    try:
        cursor = Cursor(text)
        parsed = _variants(cursor) if cursor.at("variants") else _operation(cursor, 0)
        if not cursor.at_end():
            raise cursor.unexpected()
    except RecursionError:
        raise ParseError("input nested too deeply") from None
    if isinstance(parsed, _ReadVariants):
        return parsed.checked()
    return building.checked(parsed)


@dataclass(frozen=True, slots=True)
class _ReadVariants:
    """What was read of `variants(…) of (…)`; the range is checked before the metrics are."""

    metrics: tuple[Metric, ...]
    of: LogRange

    def checked(self) -> Variants:
        building.checked(self.of.query)
        return Variants(metrics=tuple(building.checked_metric(metric) for metric in self.metrics), of=self.of)


def _variants(cursor: Cursor) -> _ReadVariants:
    cursor.expect("variants")
    cursor.expect("(")
    metrics = [_metric(cursor)]
    while cursor.accept(","):
        metrics.append(_metric(cursor))
    if not cursor.accept(")"):
        raise cursor.unexpected()
    cursor.expect("of")
    cursor.expect("(")
    lines = parse_range(cursor)
    cursor.expect(")")
    return _ReadVariants(metrics=tuple(metrics), of=lines)


def _operation(cursor: Cursor, lowest: int, left: Parsed | None = None) -> Parsed:
    """Read operands and operators that bind at least as tight as `lowest`; the first operand may be read already."""
    if left is None:
        left = _operand(cursor)
    while True:
        operator = BINARY_OPERATORS.get(cursor.token.kind)
        if operator is None or operator.precedence < lowest:
            return left
        cursor.advance()
        returns_bool, matching = _modifiers(cursor)
        next_lowest = operator.precedence + (operator.associativity == "left")
        right = _operation(cursor, next_lowest)
        left = building.binary_operation(operator.sign, left, right, returns_bool=returns_bool, matching=matching)


def _modifiers(cursor: Cursor) -> tuple[bool, Matching]:
    returns_bool = cursor.accept("bool")
    if not cursor.at("on", "ignoring"):
        return returns_bool, Matching()
    on = cursor.advance().kind == "on"
    labels = _names(cursor)
    cardinality, include = Cardinality.ONE_TO_ONE, None
    if cursor.at("group_left", "group_right"):
        cardinality = Cardinality(cursor.advance().kind)
        if cursor.at("("):
            # `group_left ()` and `group_left` are one and the same.
            include = _names(cursor) or None
    if not on and not labels and cardinality is Cardinality.ONE_TO_ONE:
        return returns_bool, Matching()  # ignoring nothing is how series match anyway
    return returns_bool, Matching(on=on, labels=labels, cardinality=cardinality, include=include)


def _names(cursor: Cursor) -> tuple[str, ...]:
    cursor.expect("(")
    if cursor.accept(")"):
        return ()
    names = [cursor.expect("IDENTIFIER", ")").text]
    while cursor.accept(","):
        names.append(cursor.expect("IDENTIFIER").text)
    cursor.expect(",", ")")
    return tuple(names)


def _grouping(cursor: Cursor) -> Grouping | None:
    if not cursor.at("by", "without"):
        return None
    without = cursor.advance().kind == "without"
    return Grouping(names=_names(cursor), without=without)


def _operand(cursor: Cursor) -> Parsed:
    kind = cursor.token.kind
    if kind == "{":
        return parse_log_query(cursor)
    if kind == "(":
        cursor.advance()
        inner = _operation(cursor, 0)
        if not cursor.accept(")"):
            raise cursor.unexpected()
        return inner
    if kind == "NUMBER":
        return building.literal(cursor.advance().text)
    if kind in ("+", "-"):
        cursor.advance()
        return building.literal(cursor.expect("NUMBER").text, negative=kind == "-")
    if kind in _RANGE_TOKENS:
        return _range_aggregation(cursor)
    if kind in _VECTOR_TOKENS:
        return _vector_aggregation(cursor)
    if kind == "label_replace":
        return _label_replace(cursor)
    if kind == "VECTOR":
        return _vector(cursor)
    raise cursor.unexpected()


def _metric(cursor: Cursor, left: Parsed | None = None) -> Metric:
    """Read an operation that has to be about numbers; its first operand may be read already."""
    parsed = _operation(cursor, 0, left)
    if isinstance(parsed, LogQuery):
        raise cursor.unexpected()
    return parsed


def _range_aggregation(cursor: Cursor) -> Metric:
    function = _RANGE_TOKENS[cursor.advance().kind]
    cursor.expect("(")
    parameter = None
    if cursor.at("NUMBER"):
        parameter = cursor.advance().text
        cursor.expect(",")
    elif not cursor.at("{", "("):
        raise cursor.unexpected("NUMBER", "{", "(")
    lines = parse_range(cursor)
    cursor.expect(")")
    return building.range_aggregation(function, lines, parameter, _grouping(cursor))


def _vector_aggregation(cursor: Cursor) -> Metric:
    function = _VECTOR_TOKENS[cursor.advance().kind]
    if not cursor.at("(", "by", "without"):
        raise cursor.unexpected("(", "by", "without")
    grouping = _grouping(cursor)
    cursor.expect("(")
    parameter, operand = _parameter_and_operand(cursor)
    if not cursor.accept(")"):
        raise cursor.unexpected()
    if grouping is None:
        grouping = _grouping(cursor)
    return building.vector_aggregation(function, operand, parameter, grouping)


def _parameter_and_operand(cursor: Cursor) -> tuple[str | None, Metric]:
    """Read `[number,] operand`; a number that no comma follows is part of the operand."""
    if not cursor.at("NUMBER"):
        return None, _metric(cursor)
    number = cursor.advance().text
    if cursor.accept(","):
        return number, _metric(cursor)
    return None, _metric(cursor, building.literal(number))


def _label_replace(cursor: Cursor) -> Metric:
    cursor.advance()
    cursor.expect("(")
    operand = _metric(cursor)
    if not cursor.at(","):
        raise cursor.unexpected()
    texts = []
    for _ in range(4):
        cursor.expect(",")
        texts.append(cursor.expect("STRING").text)
    cursor.expect(")")
    destination, replacement, source, pattern = texts
    return building.label_replace(operand, destination, replacement, source, pattern)


def _vector(cursor: Cursor) -> Metric:
    cursor.advance()
    cursor.expect("(")
    text = cursor.expect("NUMBER").text
    cursor.expect(")")
    return building.vector(text)
