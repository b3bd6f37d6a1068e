"""Label filters: `| status >= 500`, `| took > 1s and (size > 10kb or app="shop")`, `| peer = ip("10.0.0.0/8")`."""

import operator as comparing
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from watchkeeper_store.logql.errors import ERROR_LABEL, ParseError
from watchkeeper_store.logql.matching import Matcher, MatchOperator
from watchkeeper_store.logql.parser.cursor import Cursor
from watchkeeper_store.logql.quantities import go_duration, parse_float, parse_go_duration, parse_size, plain_float, size
from watchkeeper_store.logql.quoting import quote
from watchkeeper_store.logql.record import Record
from watchkeeper_store.logql.regex import BadPattern, is_set_of_literals, whole_matcher
from watchkeeper_store.logql.stages.addresses import AddressSet, BadAddress
from watchkeeper_store.logql.stages.stage import FILTER_ERROR, Stage, Step, Wanted

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "==": comparing.eq,
    "!=": comparing.ne,
    ">": comparing.gt,
    ">=": comparing.ge,
    "<": comparing.lt,
    "<=": comparing.le,
}
_MATCH_SIGNS = ("=", "!=", "=~", "!~")
_FILTER_SIGNS = (*_MATCH_SIGNS, "==", ">", ">=", "<", "<=")


class Predicate(ABC):
    """A label filter without its pipe. Subclasses are frozen dataclasses."""

    __slots__ = ()

    @abstractmethod
    def text(self) -> str:
        """The printed form."""

    @abstractmethod
    def compile(self, wanted: Wanted) -> Step:
        """The step: False drops the line. Raises ParseError where the filter cannot run."""

    @abstractmethod
    def reads(self) -> tuple[str, ...]:
        """Names of the labels it looks at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPredicate(Predicate):
    """A string matcher; a missing label is the empty string. The only filter that sees `__error__`."""

    matcher: Matcher

    def text(self) -> str:
        matcher = self.matcher
        if matcher.operator is MatchOperator.REGEX and "`" not in matcher.value and not is_set_of_literals(matcher.value):
            # The reference prints regexes that it cannot turn into comparisons of text as raw strings, but not negated ones.
            return f"{matcher.name}{matcher.operator.value}`{matcher.value}`"
        return matcher.text()

    def reads(self) -> tuple[str, ...]:
        return (self.matcher.name,)

    def compile(self, wanted: Wanted) -> Step:
        name, value = self.matcher.name, self.matcher.value
        accepts = self._value_test()
        if name == ERROR_LABEL:
            return lambda record: accepts(record.error)
        if self.matcher.operator is MatchOperator.EQUAL and value:
            return lambda record: record.get(name) == value
        return lambda record: accepts(record.get(name) or "")

    def _value_test(self) -> Callable[[str], bool]:
        """An empty pattern takes every value, and `.` no newline except in what is compared as literal text."""
        operator, pattern = self.matcher.operator, self.matcher.value
        if operator not in (MatchOperator.REGEX, MatchOperator.NOT_REGEX) or (pattern and is_set_of_literals(pattern)):
            return self.matcher.predicate()
        accepts = whole_matcher(pattern, dot_matches_newline=False) if pattern else lambda _: True
        if operator is MatchOperator.REGEX:
            return accepts
        return lambda text: not accepts(text)


class Quantity(StrEnum):
    """What a label value is read as before it is compared."""

    NUMBER = "number"
    DURATION = "duration"
    SIZE = "size"


_READERS: dict[Quantity, Callable[[str], float]] = {
    Quantity.NUMBER: parse_float,
    Quantity.DURATION: parse_go_duration,
    Quantity.SIZE: parse_size,
}
_PRINTERS: dict[Quantity, Callable[[float], str]] = {
    Quantity.NUMBER: plain_float,
    Quantity.DURATION: lambda value: go_duration(int(value)),
    Quantity.SIZE: lambda value: size(int(value)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantityPredicate(Predicate):
    """A comparison with a number, a duration (`value` in nanoseconds) or a size (`value` in bytes).

    A missing label drops the line; a value that cannot be read keeps it, marked with `__error__`.
    """

    name: str
    operator: str
    quantity: Quantity
    value: float

    def text(self) -> str:
        return f"{self.name}{self.operator}{_PRINTERS[self.quantity](self.value)}"

    def reads(self) -> tuple[str, ...]:
        return (self.name,)

    def compile(self, wanted: Wanted) -> Step:
        name, bound = self.name, self.value
        read, compare = _READERS[self.quantity], _COMPARISONS[self.operator]

        def accepts(record: Record) -> bool:
            text = record.get(name)
            if text is None:
                return False
            try:
                value = read(text)
            except ValueError as mistake:
                if not record.error:
                    record.fail(FILTER_ERROR, str(mistake))
                return True
            return compare(value, bound)

        return accepts


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressPredicate(Predicate):
    """Whether a label holds an address of a set, or with `negated` holds none."""

    name: str
    pattern: str
    negated: bool = False

    def text(self) -> str:
        return f"{self.name}{'!=' if self.negated else '='}ip({quote(self.pattern)})"

    def reads(self) -> tuple[str, ...]:
        return (self.name,)

    def compile(self, wanted: Wanted) -> Step:
        name, negated = self.name, self.negated
        try:
            found_in = AddressSet.parse(self.pattern).found_in
        except BadAddress as mistake:
            raise ParseError.of_stage(f"| {self.text()}", str(mistake)) from None

        def accepts(record: Record) -> bool:
            if record.error:
                return True
            text = record.get(name)
            return text is not None and found_in(text) is not negated

        return accepts


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedPredicate(Predicate):
    """Two filters joined by `and` (also written `,` or nothing) or, with `either`, by `or`."""

    left: Predicate
    right: Predicate
    either: bool = False

    def text(self) -> str:
        return f"( {self.left.text()} {'or' if self.either else ','} {self.right.text()} )"

    def reads(self) -> tuple[str, ...]:
        return self.left.reads() + self.right.reads()

    def compile(self, wanted: Wanted) -> Step:
        left, right = self.left.compile(wanted), self.right.compile(wanted)
        if self.either:
            return lambda record: left(record) or right(record)

        def both(record: Record) -> bool:
            # Both sides always run: the second may mark the line with an error that the first one's verdict does not hide.
            accepted = left(record)
            return right(record) and accepted

        return both


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFilterStage(Stage):
    """`| predicate`."""

    predicate: Predicate

    def text(self) -> str:
        return f"| {self.predicate.text()}"

    def compile(self, wanted: Wanted) -> Step:
        return self.predicate.compile(wanted)

    def reads(self) -> tuple[str, ...]:
        return self.predicate.reads()


def parse(cursor: Cursor) -> LabelFilterStage:
    """Read the filter after a pipe."""
    return LabelFilterStage(predicate=parse_predicate(cursor))


def parse_predicate(cursor: Cursor) -> Predicate:
    """Read joined filters.

    `and` binds tighter than `or`; a comma, or nothing at all, between filters binds what follows it first. Between two of
    the former the left one is joined first.
    """
    operands = [_operand(cursor)]
    joints: list[str] = []
    while (joint := _joint(cursor)) is not None:
        while joints and _joins_before(joints[-1], joint):
            _join(operands, joints)
        joints.append(joint)
        operands.append(_operand(cursor))
    while joints:
        _join(operands, joints)
    return operands[0]


def _joint(cursor: Cursor) -> str | None:
    if cursor.at("and", "or", ","):
        return cursor.advance().kind
    return "" if cursor.at("IDENTIFIER", "(") else None


def _joins_before(left: str, right: str) -> bool:
    words = ("and", "or")
    return left in words and right in words and not (left == "or" and right == "and")


def _join(operands: list[Predicate], joints: list[str]) -> None:
    right, left = operands.pop(), operands.pop()
    operands.append(JoinedPredicate(left=left, right=right, either=joints.pop() == "or"))


def _operand(cursor: Cursor) -> Predicate:
    if cursor.accept("("):
        inner = parse_predicate(cursor)
        if not cursor.accept(")"):
            raise cursor.unexpected()
        return inner
    name = cursor.expect("IDENTIFIER", "(").text
    if not cursor.at(*_FILTER_SIGNS):
        raise cursor.unexpected()
    return _comparison(cursor, name, cursor.advance().kind)


def parse_matcher(cursor: Cursor, name: str, sign: str) -> Matcher:
    """Read the string of a matcher whose name and sign are read already. Raises ParseError for a bad regex."""
    matcher = Matcher(name=name, operator=MatchOperator(sign), value=cursor.expect("STRING").text)
    try:
        matcher.predicate()
    except BadPattern as mistake:
        raise ParseError(str(mistake)) from None
    return matcher


def _comparison(cursor: Cursor, name: str, sign: str) -> Predicate:
    if sign in ("=~", "!~") or (sign in ("=", "!=") and cursor.at("STRING")):
        return TextPredicate(matcher=parse_matcher(cursor, name, sign))
    if sign in ("=", "!=") and cursor.accept("ip"):
        cursor.expect("(")
        pattern = cursor.expect("STRING").text
        cursor.expect(")")
        return AddressPredicate(name=name, pattern=pattern, negated=sign == "!=")
    sign = "==" if sign == "=" else sign
    if cursor.at("DURATION", "BYTES"):
        token = cursor.advance()
        quantity = Quantity.DURATION if token.kind == "DURATION" else Quantity.SIZE
        return QuantityPredicate(name=name, operator=sign, quantity=quantity, value=token.value)
    return QuantityPredicate(name=name, operator=sign, quantity=Quantity.NUMBER, value=_signed_number(cursor))


def _signed_number(cursor: Cursor) -> float:
    negative = cursor.at("-")
    if cursor.at("+", "-"):
        cursor.advance()
        text = cursor.expect("NUMBER").text
    elif cursor.at("NUMBER"):
        text = cursor.advance().text
    else:
        raise cursor.unexpected()
    try:
        value = parse_float(text)
    except ValueError as mistake:
        raise ParseError(f"unable to parse literal as a float: {mistake}") from None
    return -value if negative else value
