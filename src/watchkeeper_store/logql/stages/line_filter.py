"""Line filters: text (`|=`, `!=`), regexes (`|~`, `!~`), patterns (`|>`, `!>`), and `ip("…")` with the first two."""

from collections.abc import Callable
from dataclasses import dataclass

from watchkeeper_store.logql.errors import ParseError
from watchkeeper_store.logql.language import LINE_FILTERS
from watchkeeper_store.logql.parser.cursor import Cursor
from watchkeeper_store.logql.quoting import quote
from watchkeeper_store.logql.regex import BadPattern, finder
from watchkeeper_store.logql.source import LineFilter, LineFilterOperator
from watchkeeper_store.logql.stages.addresses import AddressSet, BadAddress
from watchkeeper_store.logql.stages.pattern_text import BadPatternText, pattern_test
from watchkeeper_store.logql.stages.stage import Stage, Step, Wanted

LineTest = Callable[[str], bool]
_NEGATIVE = ("!=", "!~", "!>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Needle:
    """What a line filter looks for: literal text, a regex or a pattern, depending on the operator, or an address set."""

    text: str
    is_address: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFilterStage(Stage):
    """One operator and its alternatives. Only the positive operators have several: `!= "a" or "b"` is parsed as two filters."""

    operator: str
    needles: tuple[Needle, ...]

    def text(self) -> str:
        """`|= "a" or "b"`."""
        shown = (f"ip({quote(needle.text)})" if needle.is_address else quote(needle.text) for needle in self.needles)
        return f"{self.operator} {' or '.join(shown)}"

    def compile(self, wanted: Wanted) -> Step:
        """Drops lines that do not pass."""
        test = self.test()
        return lambda record: test(record.line)

    def test(self) -> LineTest:
        """The filter as a test of one line."""
        tests = [self._needle_test(needle) for needle in self.needles]
        negated = self.operator in _NEGATIVE
        if len(tests) == 1:
            only = tests[0]
            return (lambda line: not only(line)) if negated else only
        found = any
        if negated:
            return lambda line: not found(test(line) for test in tests)
        return lambda line: found(test(line) for test in tests)

    def _needle_test(self, needle: Needle) -> LineTest:
        text = needle.text
        try:
            if needle.is_address:
                if self.operator not in ("|=", "!="):
                    raise BadAddress("ip: invalid operation")
                return AddressSet.parse(text).found_in
            if self.operator in ("|=", "!="):
                return lambda line: text in line
            if self.operator in ("|>", "!>"):
                return pattern_test(text)
            return finder(text)
        except (BadPattern, BadAddress, BadPatternText) as mistake:
            raise ParseError.of_stage(self.text(), str(mistake)) from None

    def pushable(self) -> LineFilter | None:
        """The same filter for a source that can apply it itself, None where it cannot be said as one."""
        if self.operator in ("|>", "!>") or any(needle.is_address for needle in self.needles):
            return None
        return LineFilter(operator=LineFilterOperator(self.operator), values=tuple(needle.text for needle in self.needles))


def parse(cursor: Cursor) -> list[LineFilterStage]:
    """Read one operator with its `or` chain. A negated chain gives one stage per alternative: none of them may match."""
    operator = cursor.expect(*LINE_FILTERS).kind
    needles = [_needle(cursor)]
    while cursor.accept("or"):
        needles.append(_needle(cursor))
    if operator in _NEGATIVE:
        return [LineFilterStage(operator=operator, needles=(needle,)) for needle in needles]
    return [LineFilterStage(operator=operator, needles=tuple(needles))]


def _needle(cursor: Cursor) -> Needle:
    token = cursor.expect("STRING", "ip")
    if token.kind == "STRING":
        return Needle(text=token.text)
    cursor.expect("(")
    text = cursor.expect("STRING").text
    cursor.expect(")")
    return Needle(text=text, is_address=True)
