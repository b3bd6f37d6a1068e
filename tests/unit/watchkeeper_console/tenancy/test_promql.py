"""Confining PromQL: what comes out holds the matcher in every selector, or nothing comes out."""

from __future__ import annotations

from typing import Any

import promql_parser
import pytest

from watchkeeper_console.tenancy.promql import NotConfinable, confine, confine_selector, quoted

OWN = 'organisation="acme"'


@pytest.mark.parametrize(
    ("query", "confined"),
    [
        ("up", 'up{organisation="acme"}'),
        ("rate(http_requests_total[5m])", 'rate(http_requests_total{organisation="acme"}[5m])'),
        ('{__name__=~".+"}', '{__name__=~".+",organisation="acme"}'),
        ("max_over_time(up[1h:5m])", 'max_over_time(up{organisation="acme"}[1h:5m])'),
        ("up @ 1700000000", 'up{organisation="acme"} @ 1700000000.000'),
        ("up @ end() offset 5m", 'up{organisation="acme"} @ end() offset 5m'),
        ("up offset -1d", 'up{organisation="acme"} offset -1d'),
        (
            "sum without (a) (up) / on (b) group_left (c) down",
            'sum without (a) (up{organisation="acme"}) / on (b) group_left (c) down{organisation="acme"}',
        ),
        ("vector(1)", "vector(1)"),
        ("1 + 2", "1 + 2"),
    ],
)
def test_every_selector_gets_the_matcher(query: str, confined: str) -> None:
    assert " ".join(confine(query, "organisation", "acme").split()) == confined


ESCAPES = [
    'up{organisation="globex"}',
    'up{organisation!="acme"}',
    'up{organisation=~".*"} or up{organisation!~"acme"}',
    '{__name__=~".+"}',
    '{__name__=~".+",organisation=~".+"}',
    'vector(1) or {__name__!=""}',
    'up or {job=~".+"}',
    'label_replace({__name__=~".+"}, "organisation", "acme", "__name__", ".*")',
    'label_join({__name__=~".+"}, "organisation", ",", "job")',
    'max_over_time({__name__=~".+"}[1h:1m])',
    'max_over_time((up or {__name__=~".+"})[1h:1m] offset 1d)',
    '{__name__=~".+"} @ 0',
    '{__name__=~".+"} @ start()',
    'absent({organisation="globex"})',
    'count by (organisation) ({__name__!=""})',
    'count_values("x", {__name__=~".+"})',
    'topk(5, {__name__=~".+"}) and on () vector(1)',
    'up # {organisation="acme"}\nor {__name__=~".+"}',
    'up{job="#"} or {__name__=~".+"}',
    'up{job="} or vector(1) or up{"} or {__name__=~".+"}',
    "up{job='a\"b'} or {__name__=~'.+'}",
    "up{job=`}`} or {__name__=~`.+`}",
    'up{job="\\"} or {__name__=~\\".+\\"} or {a=\\""}',
    'up{jöb="x"}',
    '{"organisation"="globex"}',
    '{"up", "organisation"="globex"}',
    'up{organisation="acme" or organisation="globex"}',
    'up{job="\u2028"} or {__name__=~".+"}',
    'sum(up) by (organisation) > bool 0 unless {__name__=~".+"}',
    'histogram_quantile(0.9, sum by (le) (rate({__name__=~".+_bucket"}[5m])))',
    '-{__name__=~".+"} ^ +{__name__=~".+"}',
    "info(up)",
    "info(up, {__name__=~'.+'})",
    "sort_by_label({__name__=~'.+'}, 'organisation')",
    "up{}{}",
    "up[5m]",
    "",
    "up{organisation=",
    "\x00",
]


@pytest.mark.parametrize("query", ESCAPES)
def test_no_selector_escapes(query: str) -> None:
    try:
        confined = confine(query, "organisation", "acme")
    except NotConfinable:
        return
    selectors: list[str] = []

    def visit(node: object) -> None:
        if isinstance(node, promql_parser.VectorSelector):
            own = [
                m
                for m in node.matchers.matchers
                if (m.name, m.value, m.op) == ("organisation", "acme", promql_parser.MatchOp.Equal)
            ]
            assert own, confined
            assert not node.matchers.or_matchers
            selectors.append(str(node.name))

    promql_parser.walk(promql_parser.parse(confined), visit)
    # the text itself says so too, however another parser may see it
    assert confined.count(OWN) >= len(selectors)


@pytest.mark.parametrize("query", ["info(up)", 'up{a="b" or c="d"}', "up{", "rate(up)", 'up{"a b"="c" ', "foo bar"])
def test_what_cannot_be_confined_for_certain_is_refused(query: str) -> None:
    with pytest.raises(NotConfinable, match=r"^cannot "):
        confine(query, "organisation", "acme")


@pytest.mark.parametrize("value", ['a"b', "a\\", "a\nb", 'x"} or {a="b', "`", "é😀", "{}", "a,b=c", "\u2028"])
def test_the_value_itself_breaks_nothing_out(value: str) -> None:
    confined = confine("up or down", "organisation", value)
    tree: Any = promql_parser.parse(confined)
    for side in (tree.lhs, tree.rhs):
        assert [(m.name, m.value) for m in side.matchers.matchers] == [("organisation", value)]


def test_a_selector_of_series_is_nothing_else() -> None:
    assert confine_selector('up{job="a"}', "organisation", "acme") == 'up{job="a",organisation="acme"}'
    for wrong in ("up or down", "rate(up[5m])", "up[5m]", "1", "sum(up)"):
        with pytest.raises(NotConfinable):
            confine_selector(wrong, "organisation", "acme")


def test_text_is_quoted_as_go_reads_it() -> None:
    assert quoted('a"\\\n\té😀') == '"a\\"\\\\\\u000a\\u0009\\u00e9\\U0001f600"'
