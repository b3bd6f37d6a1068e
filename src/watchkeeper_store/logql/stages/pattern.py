"""`| pattern "<ip> - <_> <path>"`: parts of a line between literal texts as labels."""

from dataclasses import dataclass

from watchkeeper_store.logql.errors import ParseError
from watchkeeper_store.logql.parser.cursor import Cursor
from watchkeeper_store.logql.quoting import quote
from watchkeeper_store.logql.record import Record
from watchkeeper_store.logql.stages.extraction import free_name
from watchkeeper_store.logql.stages.pattern_text import BadPatternText, capture, captures
from watchkeeper_store.logql.stages.stage import Stage, Step, Wanted, keep_all


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternStage(Stage):
    """A line that starts otherwise stays as it is; one that ends early gives the captures up to there."""

    pattern: str

    def text(self) -> str:
        return f"| pattern {quote(self.pattern)}"

    def compile(self, wanted: Wanted) -> Step:
        if wanted.nothing:
            return keep_all
        parts, names = captures(self.pattern)

        def step(record: Record) -> bool:
            if wanted.satisfied_by(record):
                return True
            for name, value in zip(names, capture(parts, record.line), strict=False):
                free = free_name(record, name)
                if wanted.label(free) and not record.is_extracted(free):
                    record.set_parsed(free, value)
            return True

        return step


def parse(cursor: Cursor) -> PatternStage:
    """Read what follows `| `; the pattern is checked at once. Raises ParseError."""
    cursor.expect("pattern")
    pattern = cursor.expect("STRING").text
    try:
        captures(pattern)
    except BadPatternText as mistake:
        raise ParseError(f"invalid pattern parser: {mistake}") from None
    return PatternStage(pattern=pattern)
