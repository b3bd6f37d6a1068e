from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.spec.selector import Matcher, Operator, Selector, SelectorError, check_regex, equal_labels, parse_selector


def matcher(label: str, operator: Operator, value: str) -> Matcher:
    return Matcher(label=label, operator=operator, value=value)


def test_every_operator_is_read() -> None:
    assert parse_selector('{a="1", b!="2", c=~"3|4", d!~"5.*"}').matchers == (
        matcher("a", "=", "1"),
        matcher("b", "!=", "2"),
        matcher("c", "=~", "3|4"),
        matcher("d", "!~", "5.*"),
    )


@pytest.mark.parametrize(
    "text", ['{job="shop"}', ' { job = "shop" , } ', "{job='shop'}", "{job=`shop`}", '{\n  job="shop",\n}']
)
def test_spaces_quotes_and_a_comma_at_the_end_make_no_difference(text: str) -> None:
    assert str(parse_selector(text)) == '{job="shop"}'


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'{a="x\"y"}', 'x"y'),
        (r'{a="x\\d"}', r"x\d"),
        (r'{a="x\ny"}', "x\ny"),
        (r"{a=`x\d`}", r"x\d"),
        ('{a=""}', ""),
        ('{a="}"}', "}"),
    ],
)
def test_escapes_are_understood_except_between_backticks(text: str, value: str) -> None:
    assert parse_selector(text).matchers == (matcher("a", "=", value),)


@pytest.mark.parametrize(
    ("text", "problem", "offset"),
    [
        ("", "starts with {", 0),
        ('job="shop"', "starts with {", 0),
        ("{}", "needs a condition", 1),
        ("{", "closing } is missing", 1),
        ('{job="shop"', "expected , or }", 11),
        ('{job="shop" x', "expected , or }", 12),
        ('{job="shop"} x', "nothing after }", 12),
        ('{="shop"}', "expected a label name", 1),
        ('{1a="shop"}', "expected a label name", 1),
        ('{job<"shop"}', "expected one of = != =~ !~ after job", 4),
        ("{job=shop}", "a value in quotes", 5),
        ('{job="shop}', "closing quote is missing", 5),
        ("{job=`shop}", "closing quote is missing", 5),
        (r'{job="\q"}', r"unknown escape \\q", 6),
    ],
)
def test_a_mistake_is_placed_where_it_is(text: str, problem: str, offset: int) -> None:
    with pytest.raises(SelectorError, match=problem) as found:
        parse_selector(text)
    assert (found.value.offset, found.value.regex) == (offset, False)


def test_a_regular_expression_that_re2_refuses_is_told_from_other_mistakes() -> None:
    with pytest.raises(SelectorError, match="invalid perl operator") as found:
        parse_selector('{job=~"(?=x)"}')
    assert found.value.regex


def test_a_regular_expression_is_not_checked_where_none_is_meant() -> None:
    assert parse_selector('{job="("}').matchers == (matcher("job", "=", "("),)


def test_a_refused_regular_expression_says_why_and_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match=r"missing \): a\("):
        check_regex("a(")
    assert capfd.readouterr() == ("", "")


def test_pairs_of_label_and_value_are_a_selector() -> None:
    assert str(equal_labels({"team": "shop", "severity": "critical"})) == '{team="shop", severity="critical"}'


@given(
    st.lists(
        st.builds(
            Matcher,
            label=st.from_regex(r"\A[a-zA-Z_][a-zA-Z0-9_]{0,5}\Z"),
            operator=st.sampled_from(["=", "!="]),
            value=st.text(max_size=8),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_a_selector_that_is_written_is_read_back_the_same(matchers: list[Matcher]) -> None:
    selector = Selector(matchers=tuple(matchers))
    assert parse_selector(str(selector)) == selector
