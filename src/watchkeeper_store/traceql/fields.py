"""Conditions and values of one span, as in braces and in the parentheses of aggregates; read, and checked for types."""

from __future__ import annotations

import re2

from watchkeeper_store.traceql.lexer import Token
from watchkeeper_store.traceql.tokens_ahead import Ahead
from watchkeeper_store.traceql.tree import (
    INTRINSICS,
    SHORT_NAMES,
    Attribute,
    Binary,
    Constant,
    Field,
    Filter,
    Intrinsic,
    Kind,
    Scope,
    Unary,
)

_BINDING = {
    "&&": 1, "||": 1,
    "=": 2, "!=": 2, "<": 2, "<=": 2, ">": 2, ">=": 2, "=~": 2, "!~": 2,
    "+": 3, "-": 3,
    "*": 5, "/": 5, "%": 5,
    "^": 6,
}  # fmt: skip
"""How strongly an operator binds; ``!`` stands between, at 4."""
_NOT_BINDS = 4
_WORDS: dict[str, tuple[Kind, str | int | bool | None]] = {
    "true": (Kind.BOOLEAN, True),
    "false": (Kind.BOOLEAN, False),
    "nil": (Kind.NIL, None),
    "minInt": (Kind.INTEGER, -(2**63)),
    "maxInt": (Kind.INTEGER, 2**63 - 1),
    "unset": (Kind.STATUS, 0),
    "ok": (Kind.STATUS, 1),
    "error": (Kind.STATUS, 2),
    "unspecified": (Kind.SPAN_KIND, 0),
    "internal": (Kind.SPAN_KIND, 1),
    "server": (Kind.SPAN_KIND, 2),
    "client": (Kind.SPAN_KIND, 3),
    "producer": (Kind.SPAN_KIND, 4),
    "consumer": (Kind.SPAN_KIND, 5),
}
_LITERALS = {"string": Kind.STRING, "integer": Kind.INTEGER, "float": Kind.FLOAT, "duration": Kind.DURATION}
_SCOPE_OF: dict[str, tuple[Scope, bool]] = {
    ".": ("", False),
    "span.": ("span", False),
    "resource.": ("resource", False),
    "event.": ("event", False),
    "link.": ("link", False),
    "instrumentation.": ("instrumentation", False),
    "parent.": ("", True),
    "parent.span.": ("span", True),
    "parent.resource.": ("resource", True),
}
_EQUALITY = frozenset({"=", "!="})
_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_ARITHMETIC = frozenset({"+", "-", "*", "/", "%", "^"})
_DEEPEST = 200


def field(ahead: Ahead, binding: int = 0, depth: int = 0) -> Field:
    """One expression, up to an operator that binds no stronger than ``binding``. Raises QueryMistaken."""
    if depth > _DEEPEST:
        raise ahead.mistake("the expression nests too deeply")
    left = _nil_compared(ahead, depth) if ahead.sees_word("nil") else _operand(ahead, depth)
    while ahead.token.kind == "operator" and _BINDING.get(ahead.token.text, 0) > binding:
        token = ahead.take()
        strength = _BINDING[token.text]
        if token.text in _EQUALITY and ahead.sees_word("nil"):
            left = Binary(token.text, left, _nil(ahead))
            _check_presence(ahead, token, left.operator, left.left)
            continue
        right = field(ahead, strength - 1 if token.text == "^" else strength, depth + 1)
        left = Binary(token.text, left, right)
        _check_binary(ahead, token, left)
    return left


def _nil_compared(ahead: Ahead, depth: int) -> Field:
    """``nil = x`` or ``nil != x``: nil is no value, and stands nowhere else."""
    nil = _nil(ahead)
    token = ahead.token
    if not ahead.sees(*_EQUALITY):
        raise ahead.mistake("expected = or != after nil")
    ahead.take()
    if ahead.sees_word("nil"):
        ahead.take()
        return Constant(Kind.BOOLEAN, False, "false")
    right = field(ahead, _BINDING["="], depth + 1)
    _check_presence(ahead, token, token.text, right)
    return Binary(token.text, nil, right)


def _nil(ahead: Ahead) -> Constant:
    return Constant(Kind.NIL, None, ahead.take().text)


def _check_presence(ahead: Ahead, token: Token, operator: str, asked: Field) -> None:
    """What every span has is never nil; ``!= nil`` is true of it, ``= nil`` a mistake."""
    always = (isinstance(asked, Intrinsic) and asked.name != "parent") or asked == Attribute("service.name", "resource")
    if operator == "=" and always:
        raise ahead.mistake(f"{asked} is never nil", token)


def _operand(ahead: Ahead, depth: int) -> Field:
    if ahead.takes("("):
        inside = field(ahead, 0, depth + 1)
        ahead.demand(")")
        return inside
    if ahead.sees("-", "!"):
        token = ahead.take()
        operand = field(ahead, _BINDING["-"] if token.text == "-" else _NOT_BINDS, depth + 1)
        made = Unary(token.text, operand)
        _check_unary(ahead, token, made)
        return made
    literal = literal_of(ahead.token)
    if literal is not None and literal.kind is not Kind.NIL:
        ahead.take()
        return literal
    if (value := value_of(ahead)) is not None:
        return value
    raise ahead.mistake("expected a value, an attribute or an intrinsic")


def literal_of(token: Token) -> Constant | None:
    """The constant that a token is."""
    if token.kind in _LITERALS:
        assert token.value is None or isinstance(token.value, str | int | float)  # noqa: S101 - what the lexer gives these kinds
        return Constant(_LITERALS[token.kind], token.value, token.text)
    if token.kind == "word" and token.text in _WORDS:
        kind, value = _WORDS[token.text]
        return Constant(kind, value, token.text)
    return None


def value_of(ahead: Ahead) -> Attribute | Intrinsic | None:
    """Read an attribute or an intrinsic, if one is next."""
    token = ahead.token
    if token.kind == "attribute":
        ahead.take()
        assert isinstance(token.value, tuple)  # noqa: S101 - what the lexer gives this kind
        prefix, name = token.value
        scope, of_parent = _SCOPE_OF[prefix]
        return Attribute(name, scope, of_parent)
    if token.kind == "scoped":
        ahead.take()
        return Intrinsic(str(token.value))
    if token.kind == "word" and token.text in SHORT_NAMES:
        ahead.take()
        return Intrinsic(SHORT_NAMES[token.text])
    return None


def kind_of(expression: Field) -> Kind:
    """The type of its value, ``ATTRIBUTE`` where only the span can tell."""
    match expression:
        case Constant():
            return expression.kind
        case Intrinsic():
            return INTRINSICS[expression.name]
        case Attribute():
            return Kind.ATTRIBUTE
        case Unary():
            return kind_of(expression.operand)
        case Binary():
            if expression.operator not in _ARITHMETIC:
                return Kind.BOOLEAN
            left, right = kind_of(expression.left), kind_of(expression.right)
            return right if left is Kind.ATTRIBUTE else left if Kind.FLOAT not in {left, right} else Kind.FLOAT


def asks_the_span(expression: Field) -> bool:
    """Whether its value can differ from span to span."""
    match expression:
        case Constant():
            return False
        case Attribute() | Intrinsic():
            return True
        case Unary():
            return asks_the_span(expression.operand)
        case Binary():
            return asks_the_span(expression.left) or asks_the_span(expression.right)


def _check_unary(ahead: Ahead, token: Token, made: Unary) -> None:
    kind = kind_of(made.operand)
    fits = kind is Kind.ATTRIBUTE or (kind is Kind.BOOLEAN if made.operator == "!" else kind.is_numeric)
    if not fits:
        raise ahead.mistake(f"cannot apply {made.operator} to a {kind.value}: {made}", token)


def _check_binary(ahead: Ahead, token: Token, made: Binary) -> None:
    left, right = kind_of(made.left), kind_of(made.right)
    if not match(left, right):
        raise ahead.mistake(f"cannot use {made.operator} between a {left.value} and a {right.value}: {made}", token)
    for kind in (left, right):
        if not takes(made.operator, kind):
            raise ahead.mistake(f"cannot use {made.operator} with a {kind.value}: {made}", token)
    if made.operator in {"=~", "!~"}:
        _check_pattern(ahead, token, made.right)


def _check_pattern(ahead: Ahead, token: Token, pattern: Field) -> None:
    if not isinstance(pattern, Constant) or not isinstance(pattern.value, str):
        raise ahead.mistake(f"a regular expression is written as text in quotes, not as {pattern}", token)
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern.value, options)
    except re2.error as error:
        raise ahead.mistake(f"cannot use the pattern {pattern.value!r}: {error}", token) from None


def match(left: Kind, right: Kind) -> bool:
    """Whether values of these types can stand on both sides of an operator."""
    either = {left, right}
    return left is right or Kind.ATTRIBUTE in either or (left.is_numeric and right.is_numeric)


def takes(operator: str, kind: Kind) -> bool:
    """Whether an operator can be used with values of that type."""
    if kind is Kind.ATTRIBUTE:
        return True
    if operator in {"&&", "||"}:
        return kind is Kind.BOOLEAN
    if operator in {"=~", "!~"}:
        return kind is Kind.STRING
    if operator in _ARITHMETIC:
        return kind.is_numeric
    assert operator in _COMPARISONS  # noqa: S101 - there are no others
    if operator in _EQUALITY:
        return True
    return kind.is_numeric or kind is Kind.STRING


def filter_after_brace(ahead: Ahead) -> Filter:
    """``{ … }`` whose first brace was read."""
    start = ahead.token
    if ahead.takes("}"):
        return Filter(None)
    condition = field(ahead)
    if kind_of(condition) not in {Kind.BOOLEAN, Kind.ATTRIBUTE}:
        raise ahead.mistake(f"a condition must be true or false, {condition} is a {kind_of(condition).value}", start)
    ahead.demand("}")
    return Filter(condition)


def fields_listed(ahead: Ahead) -> tuple[Attribute | Intrinsic, ...]:
    """Attributes and intrinsics between commas, at least one."""
    chosen = []
    while True:
        value = value_of(ahead)
        if value is None:
            raise ahead.mistake("expected an attribute or an intrinsic")
        chosen.append(value)
        if not ahead.takes(","):
            return tuple(chosen)
