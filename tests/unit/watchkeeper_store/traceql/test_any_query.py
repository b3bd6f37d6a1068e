"""TraceQL read back from generated trees, and texts of any kind: a query or a mistake, never another failure."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper_store.traceql import QueryMistaken, parse
from watchkeeper_store.traceql.tree import (
    Aggregate,
    Attribute,
    Binary,
    By,
    Coalesce,
    Constant,
    Field,
    Filter,
    Intrinsic,
    Kind,
    Metric,
    Pipeline,
    Relation,
    ScalarFilter,
    Select,
    Spans,
    Stage,
    Unary,
)

names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
attributes = st.builds(
    Attribute, names, st.sampled_from(["", "span", "resource", "event", "link", "instrumentation"])
) | st.builds(Attribute, st.just("route"), st.sampled_from(["", "span", "resource"]), st.booleans())
chosen = attributes | st.sampled_from([Intrinsic("span:duration"), Intrinsic("span:name"), Intrinsic("link:spanID")])
counts = st.integers(0, 2**63 - 1).map(lambda number: Constant(Kind.INTEGER, number, str(number)))
numeric = st.recursive(
    attributes | counts | st.just(Intrinsic("span:duration")),
    lambda inner: st.builds(Binary, st.sampled_from([*"+-*/%^"]), inner, inner) | st.builds(Unary, st.just("-"), inner),
    max_leaves=6,
)
compared = st.builds(Binary, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), numeric, numeric)
conditions: st.SearchStrategy[Field] = st.recursive(
    attributes | compared | st.just(Constant(Kind.BOOLEAN, True, "true")),
    lambda inner: st.builds(Binary, st.sampled_from(["&&", "||"]), inner, inner) | st.builds(Unary, st.just("!"), inner),
    max_leaves=6,
)
filters = st.builds(Filter, st.none() | conditions)
spans: st.SearchStrategy[Spans] = st.recursive(
    filters,
    lambda inner: st.builds(Relation, st.sampled_from(["&&", "||", ">", "<<", "~", "!>>", "!~", "&<", "&~"]), inner, inner),
    max_leaves=5,
)
aggregates = st.just(Aggregate("count", None)) | st.builds(
    Aggregate,
    st.sampled_from(["avg", "min", "max", "sum"]),
    chosen.filter(lambda one: one not in {Intrinsic("span:name"), Intrinsic("link:spanID")}),
)
later: st.SearchStrategy[Stage] = st.one_of(
    spans,
    st.builds(ScalarFilter, st.sampled_from(["=", ">", "<="]), aggregates, counts),
    st.builds(By, chosen),
    st.just(Coalesce()),
    st.builds(Select, st.lists(chosen, min_size=1, max_size=3).map(tuple)),
)
metrics = st.none() | st.builds(
    Metric, st.sampled_from(["rate", "count_over_time"]), by=st.lists(chosen, max_size=3).map(tuple)
)
pipelines = st.builds(lambda first, rest, metric: Pipeline((first, *rest), metric), spans, st.lists(later, max_size=3), metrics)
_PIECES = [
    "{", "}", "(", ")", "|", "&&", "!", "-", ">>", "=~", "=", ".a", "nil", '"', "`", "\\", "//", "/*", "1", "1s", "rate()",
    "count()", "by(", "select(", "with(", ",", "span.", ".", "name", "minInt", "compare(", " ",
]  # fmt: skip


@given(pipelines)
def test_what_is_printed_is_read_as_the_same_tree(tree: Pipeline) -> None:
    assert parse(str(tree)) == tree


@given(st.text() | st.lists(st.sampled_from(_PIECES), max_size=30).map("".join))
def test_any_text_is_a_query_or_a_mistake(text: str) -> None:
    with contextlib.suppress(QueryMistaken):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "{ " + "(" * 50_000 + ".a",
        "{ " + "!" * 50_000 + ".a }",
        "{ " + "-" * 50_000 + ".a = 1 }",
        "(" * 50_000 + "{ }",
        "{ .a = 1" + " ^ 2" * 50_000 + " }",
        "(" * 190 + "{ " + "(" * 190 + ".a" + ")" * 190 + " = }" + ")" * 190,
        "{ .a" + " + .a" * 5_000 + " }" + "x",
        "{ .a = " + "9" * 10_000 + " }",
        "{ .a = " + "9" * 10_000 + "s }",
        "{ .a = " + "9" * 400 + "h }",
        "{ .a = ٣ }",
        "{ .a = ² }",
        '{ .a = "\\UFFFFFFFF" }',
        '{ ."a\\',
        '{ .a = "\\',
    ],
    ids=lambda text: text[:12],
)
def test_a_text_beyond_all_measure_is_refused(text: str) -> None:
    with pytest.raises(QueryMistaken):
        parse(text)
