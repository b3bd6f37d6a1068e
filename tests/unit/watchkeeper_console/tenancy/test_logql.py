"""Confining LogQL: every stream selector holds the matcher, or nothing comes out."""

from __future__ import annotations

import re

import pytest

from watchkeeper_console.tenancy.logql import confine, confine_selector
from watchkeeper_console.tenancy.promql import NotConfinable


@pytest.mark.parametrize(
    ("query", "confined"),
    [
        ('{job="a"}', '{organisation="acme",job="a"}'),
        ("{}", '{organisation="acme"}'),
        ('{ job = "a" , }', '{organisation="acme",job="a"}'),
        ('{job="a"} |= "x" != `{b="c"}` | json | y > 5m', '{organisation="acme",job="a"} |= "x" != `{b="c"}` | json | y > 5m'),
        ('sum by (l) (rate({a=~".+"} [5m] offset 1h))', 'sum by (l) (rate({organisation="acme",a=~".+"} [5m] offset 1h))'),
        ('{a="b"} | line_format `{{.x}} #` # {c="d"}', '{organisation="acme",a="b"} | line_format `{{.x}} #`'),
        ('{a="b"} | logfmt --strict --keep-empty', '{organisation="acme",a="b"} | logfmt --strict --keep-empty'),
        (
            'count_over_time({a="b"}[1m]) / count_over_time({c="d"}[1m])',
            'count_over_time({organisation="acme",a="b"}[1m]) / count_over_time({organisation="acme",c="d"}[1m])',
        ),
        ("vector(1)+vector(1)", "vector(1)+vector(1)"),
        ('{a="b"}#c\n|="d"', '{organisation="acme",a="b"} |="d"'),
    ],
)
def test_every_selector_gets_the_matcher(query: str, confined: str) -> None:
    assert confine(query, "organisation", "acme") == confined


@pytest.mark.parametrize(
    "query",
    [
        '{organisation="globex"}',
        '{organisation!="acme"}',
        '{organisation=~".+"} |= "x"',
        'count_over_time({a="b"}[1m]) or count_over_time({organisation="globex"}[1m])',
        'label_replace(rate({a=~".+"}[1m]), "organisation", "acme", "a", ".*")',
        '{a="}"} |= "{" or `{c="d"}`',
        '{a="\\"} or {b=\\""}',
        '{a=`"`} |= "`" | b="{"',
        '{a="b"} # "\n| c=`#` or {d="e"}',
        'approx_topk(3, sum by (organisation) (count_over_time({a=~".+"}[1h])))',
    ],
)
def test_no_selector_escapes(query: str) -> None:
    """Counted by another means: with strings and comments taken out, each opening brace is followed by the matcher."""
    try:
        confined = confine(query, "organisation", "acme")
    except NotConfinable:
        return
    bare = re.sub(r'organisation="acme"', "OWN", confined)
    bare = re.sub(r'"(?:[^"\\]|\\.)*"|`[^`]*`', "S", bare)
    assert bare.count("{") == bare.count("{OWN") > 0


@pytest.mark.parametrize(
    "query",
    [
        "",
        "up",
        "rate(x[5m])",
        '{a="b"',
        '{a="b"}}',
        '{a="b" or c="d"}',
        "{a='b'}",
        '{"a"="b"}',
        '{a="\\q"}',
        '{a="b\nc"}',
        '{a="b',
        "{a=`b}",
        '{a="b"} // {c="d"}',
        '{a="b"} /* {c="d"} */',
        '{a="b"} | é="x"',
        '{ａ="b"}',
        '{a="b"}\u00a0{c="d"',
        '{a="b"}\x00',
        '{{a="b"}}',
        '{a="b",,c="d"}',
        "{a=b}",
        "{a}",
        '{a="b"} @ 5 ~ 3',
        "'{' {a=\"b\"}",
    ],
)
def test_what_is_not_clearly_logql_is_refused(query: str) -> None:
    if query == "":
        assert confine_selector(query, "organisation", "acme") == '{organisation="acme"}'
        return
    with pytest.raises(NotConfinable, match=r"^cannot "):
        confine(query, "organisation", "acme")


def test_the_value_itself_breaks_nothing_out() -> None:
    assert confine("{}", "organisation", 'a"}|="') == '{organisation="a\\"}|=\\""}'


def test_a_selector_of_streams_is_nothing_else() -> None:
    assert confine_selector(' {a="b"} ', "organisation", "acme") == '{organisation="acme",a="b"}'
    for wrong in ('{a="b"} |= "c"', 'rate({a="b"}[1m])', '{a="b"}{c="d"}', "x"):
        with pytest.raises(NotConfinable):
            confine_selector(wrong, "organisation", "acme")
