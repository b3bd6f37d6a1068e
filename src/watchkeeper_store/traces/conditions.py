"""Conditions decided on whole columns. Where a part cannot be decided so, the answer holds too many spans and says so."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from watchkeeper_store.traceql.tree import Attribute, Binary, Constant, Field, Filter, Intrinsic, Kind, Unary
from watchkeeper_store.traces.columns import Mask, Rows, SpanColumns, SpanTable, Value, Values, digest_of
from watchkeeper_store.traces.exact import compares, constant
from watchkeeper_store.traces.plain import SCOPES
from watchkeeper_store.traces.view import AS_ATTRIBUTE

_MIRRORED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_NUMBERS = {"span:duration": "duration_ns", "span:kind": "kind", "span:status": "status"}
_IDS = {"trace:id": 32, "span:id": 16, "span:parentID": 16}
"""What is an id → how many hexadecimal digits it has."""
_ID = re.compile("[0-9a-f]+")
_TEXTS = {"span:name": "name", "span:statusMessage": "message"}
_COLUMN_OPERATORS: dict[str, Callable[..., Mask]] = {
    "=": np.equal, "!=": np.not_equal, "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Decided:
    """Which spans of a table satisfy a condition; where not ``exact``, at least those, perhaps more."""

    mask: Mask
    exact: bool


def decide(filter_: Filter, table: SpanTable) -> Decided:
    """The spans for which a filter may be true."""
    if filter_.condition is None:
        return Decided(np.ones(len(table.columns), np.bool_), exact=True)
    return _decide(filter_.condition, table)


def _decide(field: Field, table: SpanTable) -> Decided:
    rows = len(table.columns)
    match field:
        case Constant():
            return Decided(np.full(rows, field.value is True), exact=True)
        case Attribute() if not field.of_parent:
            return Decided(_where(field, table, lambda value: value is True), exact=True)
        case Unary("!", operand):
            inside = _decide(operand, table)
            # What lacks the attribute is neither true nor false; only a comparison is false then.
            if inside.exact and isinstance(operand, Binary | Unary):
                return Decided(~inside.mask, exact=True)
        case Binary("&&", left, right):
            one, two = _decide(left, table), _decide(right, table)
            return Decided(one.mask & two.mask, one.exact and two.exact)
        case Binary("||", left, right):
            one, two = _decide(left, table), _decide(right, table)
            return Decided(one.mask | two.mask, one.exact and two.exact)
        case Binary(operator, Attribute() | Intrinsic() as asked, Constant() as literal):
            return _compared(operator, asked, literal, table)
        case Binary(operator, Constant() as literal, Attribute() | Intrinsic() as asked) if operator in _MIRRORED:
            return _compared(_MIRRORED[operator], asked, literal, table)
    return Decided(np.ones(rows, np.bool_), exact=False)


def _compared(operator: str, asked: Attribute | Intrinsic, literal: Constant, table: SpanTable) -> Decided:
    rows = len(table.columns)
    if isinstance(asked, Attribute):
        if asked.of_parent:
            return Decided(np.ones(rows, np.bool_), exact=False)
        if literal.kind is Kind.NIL:
            has = _where(asked, table, lambda value: True)
            return Decided(~has if operator == "=" else has, exact=True)
        return Decided(_where(asked, table, *_test(operator, literal)), exact=True)
    if literal.kind is Kind.NIL:
        if asked.name == "parent":
            return Decided((table.columns.parent == 0) == (operator == "="), exact=True)
        return Decided(np.ones(rows, np.bool_), exact=False)
    return _intrinsic_compared(operator, asked, literal, table)


def _intrinsic_compared(operator: str, asked: Intrinsic, literal: Constant, table: SpanTable) -> Decided:
    rows = len(table.columns)
    if asked.name in _NUMBERS:
        column = table.columns.of(_NUMBERS[asked.name])
        return Decided(_COLUMN_OPERATORS[operator](column, literal.value), exact=True)
    if asked.name in _IDS and operator in {"=", "!="}:
        return Decided(_identified(operator, asked, str(literal.value), table.columns), exact=True)
    if asked.name in _TEXTS:
        column = table.columns.of(_TEXTS[asked.name])
        found = Values(np.arange(rows, dtype=np.int32), column, table.dictionary, table.code_of)
        return Decided(_mask(rows, _chosen(found, *_test(operator, literal))), exact=True)
    if asked.name in AS_ATTRIBUTE:
        values = table.values(AS_ATTRIBUTE[asked.name])
        chosen = np.zeros(0, np.int32) if values is None else _chosen(values, *_test(operator, literal))
        return Decided(_mask(rows, chosen), exact=True)
    return Decided(np.ones(rows, np.bool_), exact=False)


def _identified(operator: str, asked: Intrinsic, text: str, columns: SpanColumns) -> Mask:
    equal = np.zeros(len(columns), np.bool_)
    if len(text) == _IDS[asked.name] and _ID.fullmatch(text):
        if asked.name == "trace:id":
            equal = (columns.trace == np.uint64(digest_of(bytes.fromhex(text)))) & (
                columns.trace_low == np.uint64(int(text[16:], 16))
            )
        else:
            equal = columns.of("span" if asked.name == "span:id" else "parent") == np.uint64(int(text, 16))
    # A root has no parent's id: neither = nor != holds.
    has = columns.parent != 0 if asked.name == "span:parentID" else True
    return (equal if operator == "=" else ~equal) & has


def _test(operator: str, literal: Constant) -> tuple[Callable[[Value], bool], str | None]:
    """The test of a value, and the one text that passes where the test is for equality with a text."""
    wanted = constant(literal)
    return lambda value: compares(operator, value, wanted), wanted if operator == "=" and isinstance(wanted, str) else None


def _where(asked: Attribute, table: SpanTable, holds: Callable[[Value], bool], only: str | None = None) -> Mask:
    """The spans of which a value of the attribute holds. Without a scope the first scope that has the attribute decides."""
    rows = len(table.columns)
    scopes = (asked.scope,) if asked.scope else SCOPES
    mask, undecided = np.zeros(rows, np.bool_), np.ones(rows, np.bool_)
    for scope in scopes:
        values = table.values((scope, asked.name))
        if values is None:
            continue
        chosen = _chosen(values, holds, only)
        if len(scopes) == 1:
            return _mask(rows, chosen)
        mask |= _mask(rows, chosen) & undecided
        undecided[values.rows] = False
    return mask


def _chosen(values: Values, holds: Callable[[Value], bool], only: str | None) -> Rows:
    return values.where(holds) if only is None else values.equal_to(only)


def _mask(rows: int, chosen: Rows) -> Mask:
    mask = np.zeros(rows, np.bool_)
    mask[chosen] = True
    return mask
