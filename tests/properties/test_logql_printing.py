"""Queries survive being printed: parsing what was printed gives the same tree, on one line and pretty."""

from hypothesis import given, settings
from tests.conformance.logql.queries import expressions, metric_queries

from watchkeeper_store.logql import parse, print_query
from watchkeeper_store.logql.tree import Expression, MetricQuery


@given(expressions)
@settings(max_examples=300)
def test_a_printed_query_parses_to_the_same_tree(expression: Expression) -> None:
    assert parse(print_query(expression)) == expression


@given(expressions)
@settings(max_examples=300)
def test_a_pretty_printed_query_parses_to_the_same_tree(expression: Expression) -> None:
    assert parse(print_query(expression, pretty=True)) == expression


@given(metric_queries)
@settings(max_examples=100)
def test_printing_again_changes_nothing(expression: MetricQuery) -> None:
    once = print_query(expression)
    assert print_query(parse(once)) == once
