"""TraceQL texts that mean something and texts that do not, one a line in the files beside this one."""

from __future__ import annotations

from pathlib import Path

import pytest

from watchkeeper_store.traceql import QueryMistaken, parse
from watchkeeper_store.traceql.tree import Aggregate, Binary, Filter, Pipeline, Relation, ScalarFilter

FOLDER = Path(__file__).parent
VALID = (FOLDER / "valid.txt").read_text("utf-8").splitlines()
INVALID = (FOLDER / "invalid.txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize("text", VALID)
def test_a_valid_query_is_read_and_what_is_printed_means_the_same(text: str) -> None:
    read = parse(text)
    assert parse(str(read)) == read


@pytest.mark.parametrize("text", INVALID)
def test_an_invalid_query_is_refused_with_a_place(text: str) -> None:
    with pytest.raises(QueryMistaken, match=r"parse error at line \d+, col \d+: ") as refused:
        parse(text)
    assert refused.value.line == 1
    assert 1 <= refused.value.column <= len(text) + 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{ .a = }", "parse error at line 1, col 8: expected a value, an attribute or an intrinsic, found '}'"),
        (
            '{ duration > "1s" }',
            'parse error at line 1, col 12: cannot use > between a duration and a string: duration > "1s"',
        ),
        (
            "{ true }\n  | count()",
            "parse error at line 2, col 5: an aggregate must be compared with something, as in count() > 2",
        ),
        ("{ .a", "parse error at line 1, col 5: expected '}', found the end"),
    ],
)
def test_a_mistake_is_told_in_words(text: str, message: str) -> None:
    with pytest.raises(QueryMistaken) as refused:
        parse(text)
    assert str(refused.value) == message


def test_operators_bind_as_in_tempo() -> None:
    # and and or bind alike, from the left; ^ from the right; * before +; a comparison before logic
    assert str(parse("{ .a || .b && .c }").stages[0]) == "{ (.a || .b) && .c }"
    assert str(parse("{ 2 ^ 3 ^ 2 = .a + .b * 2 }").stages[0]) == "{ (2 ^ (3 ^ 2)) = (.a + (.b * 2)) }"
    relation = parse("{ .a } > { .b } && { .c }").stages[0]
    assert isinstance(relation, Relation)
    assert (relation.operator, str(relation.right)) == ("&&", "{ .c }")


def test_a_minus_belongs_to_an_attribute_and_stands_between_spaces_as_an_operator() -> None:
    (one,) = parse("{ .a-b > 1 }").stages
    (two,) = parse("{ .a - .b > 1 }").stages
    assert str(one) == "{ .a-b > 1 }"
    assert isinstance(two, Filter)
    assert isinstance(two.condition, Binary)
    assert str(two.condition.left) == ".a - .b"


def test_numbers_of_pipelines_are_compared() -> None:
    (compared,) = parse("({ .a } | count()) > ({ .b } | count())").stages
    assert isinstance(compared, ScalarFilter)
    assert isinstance(compared.left, Pipeline)
    assert compared.left.stages[-1] == Aggregate("count", None)
