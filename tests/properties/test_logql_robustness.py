"""Whatever the query and whatever the line: an answer or a refusal, never a crash."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conformance.logql.memory import MemorySource

from watchkeeper_store.logql import LogOptions, LogQuery, QueryError, Span, evaluate_instant, evaluate_log, line_by_line, parse
from watchkeeper_store.logql.errors import ParseError
from watchkeeper_store.logql.language import FUNCTION_TOKENS, KEYWORDS, SIGNS
from watchkeeper_store.logql.source import Direction
from watchkeeper_store.logql.template import BadTemplate, TemplateFailure, parse_template

SECOND = 1_000_000_000
words = st.one_of(
    st.sampled_from(sorted(SIGNS | KEYWORDS)),
    st.sampled_from([f"{name}(" for name in FUNCTION_TOKENS]),
    st.sampled_from(['"text"', "`raw`", "name", "5", "5m", "1KB", "[5m]", '{app="a"}', "--strict", "-", "#", "'", "\n", "é"]),
    st.text(max_size=3),
)


@given(st.lists(words, max_size=12).map(" ".join))
@settings(max_examples=500)
def test_any_text_is_a_query_or_is_refused(text: str) -> None:
    try:
        parse(text)
    except ParseError as refusal:
        assert str(refusal).startswith("parse error")  # noqa: PT017 - the text is what is checked


lines = st.one_of(
    st.text(max_size=40),
    st.lists(
        st.sampled_from(['{"a":', '"b"', "1", "{", "}", "[", "]", ",", ":", "\\", "null", "true", " ", "\\u00", "x=y"]),
        max_size=12,
    ).map("".join),
    st.lists(st.sampled_from(["a=", "b", '"', "\\", "=", " ", '"x y"', "\t", "é", "\ufffd"]), max_size=12).map("".join),
)
QUERIES = (
    '{app="a"} | json',
    '{app="a"} | json x="a.b[0]", y="[\\"a\\"]"',
    '{app="a"} | logfmt | a > 5 or b < 1s or c >= 1KB',
    '{app="a"} | logfmt --strict --keep-empty x="a"',
    '{app="a"} | unpack | decolorize',
    '{app="a"} | pattern "<a> <_>=<b>" |= ip("10.0.0.0/8") or "x" !> "<_>b<_>"',
    '{app="a"} | regexp "(?P<a>.)(?P<b>.*)" | label_format c=a, d="{{.b | trunc 2}}" | line_format "{{.c}}{{.d}}" | keep c',
)


@pytest.mark.parametrize("query", QUERIES)
@given(written=st.lists(lines, max_size=4))
@settings(max_examples=60)
def test_any_line_goes_through_any_stage(query: str, written: list[str]) -> None:
    source = MemorySource()
    for second, line in enumerate(written):
        source.add({"app": "a", "b": "stream"}, second * SECOND, line)
    parsed = parse(query)
    assert isinstance(parsed, LogQuery)
    span = Span(tenant="t", start_ns=0, end_ns=100 * SECOND)
    for entry in evaluate_log(parsed, source, span, LogOptions(direction=Direction.FORWARD)):
        names = [name for labels in (entry.stream, entry.metadata, entry.parsed) for name, _ in labels]
        assert len(names) == len(set(names))


@given(written=st.lists(lines, max_size=4))
@settings(max_examples=60)
def test_a_metric_query_over_any_lines_has_an_answer_or_names_the_error(written: list[str]) -> None:
    source = MemorySource()
    for second, line in enumerate(written):
        source.add({"app": "a"}, second * SECOND, line)
    try:
        evaluate_instant(parse('sum by (a) (count_over_time({app="a"} | json [1m]))'), line_by_line(source, "t"), 10 * SECOND)
    except QueryError as refusal:
        assert "JSONParserErr" in str(refusal)  # noqa: PT017 - the text is what is checked


MARKS = (
    "{{",
    "}}",
    "{{-",
    "-}}",
    ".a",
    ".a.b",
    "$x",
    ":=",
    "=",
    "|",
    "(",
    ")",
    ",",
    '"s"',
    "`r`",
    "1",
    "2.5",
    "/*",
    "*/",
    "text",
)
KEYS = (
    "if",
    "else",
    "end",
    "range",
    "with",
    "define",
    "break",
    "nil",
    "and",
    "{{end}}",
    "{{if .a}}",
    "__line__",
    "__timestamp__",
)
template_words = st.sampled_from((*MARKS, *KEYS, "eq", "printf", "lower", "trunc", "fromJson", "date"))


@given(st.lists(template_words, max_size=14).map(" ".join))
@settings(max_examples=500)
def test_any_template_runs_fails_or_is_refused(text: str) -> None:
    try:
        template = parse_template(text, name="line")
    except BadTemplate as refusal:
        assert str(refusal).startswith("template: line:")  # noqa: PT017 - the text is what is checked
        return
    try:
        template.execute({"a": "1"}, "line", SECOND)
    except TemplateFailure as failure:
        assert "executing" in str(failure)  # noqa: PT017 - the text is what is checked
