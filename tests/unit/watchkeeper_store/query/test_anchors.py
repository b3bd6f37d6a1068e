"""Which line filters a column can answer, and what they ask of it."""

from __future__ import annotations

import duckdb
import pytest

from watchkeeper_store.logql.source import LineFilter, LineFilterOperator
from watchkeeper_store.model.field_codes import BARE, QUOTED, QUOTED_IN_NEED, UNSURE
from watchkeeper_store.query.anchors import anchors_of, column_condition, is_answerable, stays_in_word

CONTAINS, MATCHES = LineFilterOperator.CONTAINS, LineFilterOperator.MATCHES


def answers(operator: LineFilterOperator, text: str, *values: str, quoted: bool = False) -> list[bool] | None:
    """For each value of the column whether its line passes the filter; None where the column cannot tell."""
    anchors = anchors_of(LineFilter(operator=operator, values=(text,)))
    if anchors is None:
        return None
    parameters: list[str] = []

    def parameter(value: str) -> str:
        parameters.append(value)
        return f"${len(parameters)}"

    condition = column_condition(anchors, "v", quoted=quoted, keeps=True, value=parameter)
    rows = duckdb.execute(
        f"SELECT {condition} FROM (SELECT unnest({list(values)}) AS v)",  # noqa: S608  texts of this test
        parameters,
    ).fetchall()
    return [row[0] for row in rows]


def test_a_text_that_begins_with_a_key_asks_for_values_that_begin_so() -> None:
    assert answers(CONTAINS, "status=50", "500", "50", "5", "", "150") == [True, True, False, False, False]


def test_a_value_that_stands_in_quotes_is_not_behind_the_sign() -> None:
    assert answers(CONTAINS, "msg=all", "all fine", "all") == [False, True]
    assert answers(CONTAINS, "msg=all", "all fine", "all", quoted=True) == [False, False]
    assert answers(CONTAINS, 'msg="all', "all fine", "all", "al") == [True, False, False]
    assert answers(CONTAINS, 'msg="all"', "all fine", "all", quoted=True) == [False, True]


def test_the_key_alone_asks_for_any_value() -> None:
    assert answers(CONTAINS, "status=", "500", "") == [True, False]


def test_a_pattern_is_held_against_the_beginning_of_the_value() -> None:
    assert answers(MATCHES, "took=[1-9][0-9]{2,}", "100", "99", "1000", "x100", "") == [True, False, True, False, False]


def test_a_pattern_that_matches_nothing_at_all_is_content_with_a_quoted_value() -> None:
    assert answers(MATCHES, "took=[0-9]*", "a b", "7", "") == [True, True, False]


@pytest.mark.parametrize("text", ["status", "=500", "status=500 took", 'status=5"', "1st=5", 'msg="a\\"', "st.atus=5"])
def test_other_texts_need_the_line(text: str) -> None:
    assert answers(CONTAINS, text, "500") is None


@pytest.mark.parametrize(
    "pattern", ["[0-9]+", "(?:a|b)c*", "(ok|err)", r"\d{3}", r"a\.b", "[a-z0-9_.-]+x?", "50{2,3}?", "(a(b|c)+)*", ""]
)
def test_patterns_of_word_characters_stay_in_the_word(pattern: str) -> None:
    assert stays_in_word(pattern)


@pytest.mark.parametrize(
    "pattern",
    [".", "a.*b", r"\s", r"\S", r"\b", "[^0-9]", "a b", "a|b", "(?i)a", "$", "^a", '"', "[0-z]", r"\x20", "(a", "[ ]", "="],
)
def test_patterns_that_could_leave_the_word_are_told(pattern: str) -> None:
    assert not stays_in_word(pattern)


def test_a_column_tells_only_of_lines_written_by_one_rule() -> None:
    assert is_answerable(BARE)
    assert is_answerable(BARE | QUOTED_IN_NEED)
    assert is_answerable(QUOTED | QUOTED_IN_NEED)
    assert not is_answerable(BARE | QUOTED)
    assert not is_answerable(BARE | UNSURE)
