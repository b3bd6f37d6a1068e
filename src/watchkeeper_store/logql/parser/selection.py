"""Selectors, pipelines and ranges: everything about lines, nothing about what is computed from them."""

from dataclasses import dataclass

from watchkeeper_store.logql.language import CONVERSIONS, FUNCTION_TOKENS, LINE_FILTERS
from watchkeeper_store.logql.matching import Matcher
from watchkeeper_store.logql.parser.cursor import Cursor
from watchkeeper_store.logql.stages import label_filter, line_filter
from watchkeeper_store.logql.stages.label_filter import Predicate, parse_matcher, parse_predicate
from watchkeeper_store.logql.stages.registry import STAGES
from watchkeeper_store.logql.stages.stage import Stage
from watchkeeper_store.logql.stages.unwrap import Unwrap
from watchkeeper_store.logql.tree import LogQuery, LogRange

_CONVERSION_TOKENS = {FUNCTION_TOKENS[name]: name for name in CONVERSIONS}
_PIPELINE_STARTS = (*LINE_FILTERS, "|")

NO_MATCHER_SELECTS = (
    "queries require at least one regexp or equality matcher that does not have an empty-compatible value. "
    'For instance, app=~".*" does not meet this requirement, but app=~".+" will'
)


def selects_something(matchers: tuple[Matcher, ...]) -> bool:
    """Whether one matcher at least asks for a label that is there; `app!=""` does, whatever the message says."""
    return any(not matcher.accepts_empty() for matcher in matchers)


def parse_selector(cursor: Cursor) -> tuple[Matcher, ...]:
    """Read `{…}`; a selector without matchers is legal here."""
    cursor.expect("{")
    if cursor.accept("}"):
        return ()
    matchers: list[Matcher] = []
    while True:
        # Only the first place of a selector may be its end.
        name = cursor.expect("IDENTIFIER", *(() if matchers else ("}",))).text
        sign = cursor.expect("=", "=~", "!~", "!=").kind
        matchers.append(parse_matcher(cursor, name, sign))
        if cursor.accept("}"):
            return tuple(matchers)
        if not cursor.accept(","):
            raise cursor.unexpected("}", ",")


def parse_log_query(cursor: Cursor) -> LogQuery:
    """Read a selector and the pipeline behind it."""
    matchers = parse_selector(cursor)
    return LogQuery(matchers=matchers, stages=tuple(_stages(cursor, allow_unwrap=False)[0]))


def _stages(cursor: Cursor, *, allow_unwrap: bool) -> tuple[list[Stage], bool]:
    """Read stages up to the end of the pipeline; the flag says that `| unwrap` was met and only its pipe is read."""
    stages: list[Stage] = []
    while cursor.at(*_PIPELINE_STARTS):
        if not cursor.at("|"):
            stages.extend(line_filter.parse(cursor))
            continue
        cursor.advance()
        if allow_unwrap and cursor.at("unwrap"):
            return stages, True
        entry = STAGES.get(cursor.token.kind)
        if entry is not None:
            stages.append(entry.parse(cursor))
        elif cursor.at("IDENTIFIER", "("):
            stages.append(label_filter.parse(cursor))
        else:
            raise cursor.unexpected()
    return stages, False


def _unwrap(cursor: Cursor) -> Unwrap:
    """Read an unwrap whose pipe is read already, and its filters."""
    cursor.expect("unwrap")
    token = cursor.expect("IDENTIFIER", *_CONVERSION_TOKENS)
    label, conversion = token.text, ""
    if token.kind in _CONVERSION_TOKENS:
        conversion = _CONVERSION_TOKENS[token.kind]
        cursor.expect("(")
        label = cursor.expect("IDENTIFIER").text
        cursor.expect(")")
    filters: list[Predicate] = []
    while cursor.accept("|"):
        filters.append(parse_predicate(cursor))
    return Unwrap(label=label, conversion=conversion, filters=tuple(filters))


@dataclass(slots=True)
class _RangeParts:
    """What was read of a range so far; its parts may come in several orders."""

    matchers: tuple[Matcher, ...] = ()
    stages: tuple[Stage, ...] = ()
    unwrap: Unwrap | None = None
    range_ns: int | None = None
    offset_ns: int = 0

    def read_pipeline(self, cursor: Cursor) -> None:
        stages, unwraps = _stages(cursor, allow_unwrap=True)
        self.stages = tuple(stages)
        if unwraps:
            self.unwrap = _unwrap(cursor)

    def read_range(self, cursor: Cursor) -> None:
        # After an unwrap only its filters or the range may follow; elsewhere nearly everything may.
        expected = ("RANGE", "|") if self.unwrap is not None else ()
        if not cursor.at("RANGE"):
            raise cursor.unexpected(*expected)
        self.range_ns = cursor.advance().value
        if cursor.accept("offset"):
            self.offset_ns = cursor.expect("DURATION").value

    def has_pipeline(self) -> bool:
        return bool(self.stages) or self.unwrap is not None

    def finished(self) -> LogRange:
        return LogRange(
            query=LogQuery(matchers=self.matchers, stages=self.stages),
            range_ns=self.range_ns or 0,
            offset_ns=self.offset_ns,
            unwrap=self.unwrap,
        )


def parse_range(cursor: Cursor) -> LogRange:
    """Read a selector, a pipeline, and `[range] [offset d]` before or after the pipeline, in parentheses or not."""
    parts = _RangeParts()
    if cursor.accept("("):
        if cursor.at("("):
            inner = parse_range(cursor)
            cursor.expect(")")
            return inner
        _read_parenthesized(cursor, parts)
        return parts.finished()
    if not cursor.at("{"):
        raise cursor.unexpected("{", "(")
    _read_bare(cursor, parts)
    return parts.finished()


def _read_bare(cursor: Cursor, parts: _RangeParts) -> None:
    parts.matchers = parse_selector(cursor)
    if cursor.at("RANGE"):
        parts.read_range(cursor)
        parts.read_pipeline(cursor)
        return
    parts.read_pipeline(cursor)
    parts.read_range(cursor)


def _read_parenthesized(cursor: Cursor, parts: _RangeParts) -> None:
    if not cursor.at("{"):
        raise cursor.unexpected("{", "(")
    parts.matchers = parse_selector(cursor)
    if cursor.at("RANGE"):
        parts.read_range(cursor)
        parts.read_pipeline(cursor)
        cursor.expect(")")
        return
    parts.read_pipeline(cursor)
    if cursor.at("RANGE"):
        parts.read_range(cursor)
        cursor.expect(")")
        return
    if not cursor.accept(")"):
        raise cursor.unexpected(*(("RANGE", ")", "|") if parts.unwrap is not None else ()))
    if not cursor.at("RANGE"):
        raise cursor.unexpected("RANGE")
    parts.read_range(cursor)
    if not parts.has_pipeline() and cursor.at("|"):
        # `({…}) [5m] | unwrap x` is legal, any other stage there is not.
        cursor.advance()
        if not cursor.at("unwrap"):
            raise cursor.unexpected("unwrap")
        parts.unwrap = _unwrap(cursor)
