"""Whatever is asked, a confined query reaches nothing but its own organisation, or is refused."""

from __future__ import annotations

import re

import promql_parser
from hypothesis import given, settings
from hypothesis import strategies as st

from watchkeeper_console.tenancy import logql, promql
from watchkeeper_console.tenancy.promql import NotConfinable

VALUES = st.text(min_size=1, max_size=12)
PIECES = st.sampled_from(
    [
        *("up", "{", "}", "(", ")", "[5m]", "[1h:1m]", " or ", " and ", " by (organisation) ", "sum", "rate", ",", " # ", "\n"),
        *(
            '"',
            "`",
            "'",
            "\\",
            '="',
            '=~".+"',
            '!="acme"',
            "organisation",
            "__name__",
            " @ 5",
            " offset 1m",
            "info",
            "vector(1)",
        ),
        *(
            '{a="b"}',
            "{a=`}`}",
            ' |= "',
            "| json ",
            "| line_format `{{.x}}`",
            "//",
            "/*",
            "--strict",
            "é",
            "\u2028",
            "\x00",
            "1.5",
        ),
    ]
)
QUERIES = st.lists(PIECES, max_size=14).map("".join)
STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`', re.DOTALL)


@settings(max_examples=400)
@given(query=QUERIES | st.text(max_size=60), value=VALUES)
def test_every_selector_of_confined_promql_holds_the_matcher(query: str, value: str) -> None:
    try:
        confined = promql.confine(query, "organisation", value)
    except NotConfinable:
        return
    missing: list[str] = []

    def visit(node: object) -> None:
        if isinstance(node, promql_parser.VectorSelector):
            own = [m for m in node.matchers.matchers if (m.name, m.value) == ("organisation", value)]
            if not any(m.op == promql_parser.MatchOp.Equal for m in own) or node.matchers.or_matchers:
                missing.append(str(node.name))

    promql_parser.walk(promql_parser.parse(confined), visit)
    assert missing == []


@settings(max_examples=400)
@given(query=QUERIES | st.text(max_size=60), value=VALUES)
def test_every_selector_of_confined_logql_begins_with_the_matcher(query: str, value: str) -> None:
    try:
        confined = logql.confine(query, "organisation", value)
    except NotConfinable:
        return
    own = f"organisation={promql.quoted(value)}"
    # Where strings begin and end is decided here by another pattern, on the text that goes out.
    bare = STRINGS.sub("S", confined.replace(own, "OWN"))
    assert bare.count("{") == bare.count("{OWN")
    assert "#" not in bare


@settings(max_examples=200)
@given(value=st.text(max_size=40))
def test_a_value_is_quoted_so_that_it_reads_back(value: str) -> None:
    tree = promql_parser.parse(f"up{{a={promql.quoted(value)}}}")
    assert [matcher.value for matcher in tree.matchers.matchers] == [value]  # type: ignore[attr-defined] # a selector has them
