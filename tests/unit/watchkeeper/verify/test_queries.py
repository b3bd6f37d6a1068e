"""What a query names, and what of it is unknown. Expected results are worked out by hand."""

import pytest

from watchkeeper.verify.queries import (
    Grouping,
    Labels,
    Matcher,
    Named,
    Selector,
    Unreadable,
    expected_missing,
    logql_named,
    metrics_of,
    promql_named,
    selector_named,
    unknown,
    written_out,
)

UP: tuple[Labels, ...] = ({"job": "node", "instance": "a"}, {"job": "api", "instance": "b"})


def selectors(expression: str) -> list[str]:
    return [str(selector) for selector in promql_named(expression).selectors]


def told(expression: str, **series: tuple[Labels, ...]) -> list[str]:
    return [found.what for found in unknown(promql_named(expression), series)]


@pytest.mark.parametrize(
    ("expression", "named"),
    [
        ("up", ["up"]),
        ('up{job="a", x!~"b|c"}', ['up{job="a", x!~"b|c"}']),
        ("sum by (job) (rate(a_total[5m])) / on (job) max_over_time(b[1h:5m] offset 5m)", ["a_total", "b"]),
        ("job:a:rate5m > 0.5", ["job:a:rate5m"]),
        ("topk(3, a) or vector(0) and -b", ["a", "b"]),
        ('{__name__="a", x="1"}', ['a{x="1"}']),
        ("up + up", ["up"]),
        ("a @ end()", ["a"]),
    ],
)
def test_every_selector_is_named_once(expression: str, named: list[str]) -> None:
    assert selectors(expression) == named


@pytest.mark.parametrize("expression", ["vector(1)", "1 > bool 2", "absent(up)", 'absent_over_time(up{job="a"}[5m])', "time()"])
def test_constants_and_what_is_meant_to_be_missing_name_nothing(expression: str) -> None:
    assert promql_named(expression) == Named(selectors=(), groupings=())


def test_labels_that_series_are_sorted_by_are_named_with_the_series() -> None:
    up = Selector(metric="up")
    down = Selector(metric="down")
    assert promql_named("sum by (a) (up) * on (b) group_left (c) down").groupings == (
        Grouping(labels=("a",), selectors=(up,)),
        Grouping(labels=("b",), selectors=(up, down)),
        Grouping(labels=("c",), selectors=(up, down)),
    )


def test_labels_that_a_function_makes_need_not_exist() -> None:
    assert promql_named('sum by (host) (label_replace(up, "host", "$1", "instance", "(.*):.*"))').groupings == ()
    assert promql_named('sum by (value) (count_values("value", up))').groupings == ()


def test_without_names_no_label_that_must_exist() -> None:
    assert promql_named("sum without (a) (up)").groupings == ()


def test_a_quantile_of_a_histogram_needs_the_buckets_bounds() -> None:
    assert told("histogram_quantile(0.9, rate(up[5m]))", up=UP) == ["no series of up has the label le"]


def test_windows_and_choices_of_a_dashboard_are_filled_in() -> None:
    named = promql_named('rate(up{job=~"$job", instance=~"${instance:regex}"}[$__rate_interval]) * $__range_s')
    assert named.selectors == (
        Selector(
            metric="up",
            matchers=(
                Matcher(label="job", operator="=~", value="\x00", chosen=True),
                Matcher(label="instance", operator="=~", value="\x00", chosen=True),
            ),
        ),
    )


def test_a_choice_may_be_anything_but_its_label_must_exist() -> None:
    assert told('up{job=~"$job"}', up=UP) == []
    assert told('up{jobs=~"$job"}', up=UP) == ["no series of up has the label jobs"]


@pytest.mark.parametrize(
    ("expression", "what"),
    [
        ("ups", "no series is called ups"),
        ('up{jobs="node"}', "no series of up has the label jobs"),
        ('up{job="nodes"}', 'no series of up has job="nodes"'),
        ('up{job=~"no|de"}', 'no series of up has job=~"no|de"'),
        ('up{jobs!="node"}', "no series of up has the label jobs"),
        ('up{job!~".+"}', 'no series of up has job!~".+"'),
        ('up{job="node", instance="b"}', 'no series is up{job="node", instance="b"}'),
        ("sum by (jobs) (up)", "no series of up has the label jobs"),
    ],
)
def test_what_no_series_has_is_told(expression: str, what: str) -> None:
    assert told(expression, up=UP) == [what]


@pytest.mark.parametrize(
    "expression",
    [
        "up",
        'up{job="node"}',
        'up{job=~"no.*|x"}',
        'up{job!="gone"}',
        "sum by (job, instance) (up)",
        'up{job=~"n.de",instance="a"}',
    ],
)
def test_what_a_series_has_is_not_told(expression: str) -> None:
    assert told(expression, up=UP) == []


def test_labels_of_a_missing_metric_are_not_told_on_top() -> None:
    assert told("sum by (job) (ups)", up=UP) == ["no series is called ups"]


@pytest.mark.parametrize("expression", ["sum(", "rate(up)", "", "up{job=}"])
def test_what_is_no_query_is_unreadable(expression: str) -> None:
    with pytest.raises(Unreadable):
        promql_named(expression)


def test_streams_are_found_outside_of_strings() -> None:
    expression = (
        'sum(count_over_time({job="a"} |= "{x=\\"1\\"}" | line_format `{{.b}}` [$__auto])) / count_over_time({job="b"}[5m])'
    )
    assert [str(selector) for selector in logql_named(expression).selectors] == ['{job="a"}', '{job="b"}']


def test_text_fields_of_a_dashboard_are_filled_in() -> None:
    named = logql_named("$selector |~ `$search`", {"selector": '{job="a"}', "search": ""})
    assert [str(selector) for selector in named.selectors] == ['{job="a"}']


def test_streams_are_looked_up_under_the_empty_name() -> None:
    named = logql_named('{jobs="a"}')
    assert [found.what for found in unknown(named, {"": UP})] == ["no series has the label jobs"]
    assert list(unknown(named, {})) == []


def test_a_query_is_written_out_with_open_choices() -> None:
    assert written_out('{job=~"$job"} |= "$x" [$__auto]', {"x": "y"}) == '{job=~".+"} |= "y" [5m]'


@pytest.mark.parametrize(
    ("expected", "expression", "explained"),
    [
        ("ups", "ups", True),
        ("ups", 'ups{job="a"}', True),
        ("up", 'up{job="gone"}', False),
        ('up{job="gone"}', 'up{job="gone"}', True),
        ('up{job="gone"}', 'up{job="gone", instance="a"}', True),
        ('up{job="gone"}', 'up{job="other"}', False),
        ('ups{job="gone"}', 'ups{job="gone"}', False),
    ],
)
def test_an_entry_explains_what_it_says_and_no_more(expected: str, expression: str, explained: bool) -> None:
    (found,) = unknown(promql_named(expression), {"up": UP})
    assert expected_missing(found, selector_named(expected)) is explained


@pytest.mark.parametrize("text", ["up + down", "sum by (a) (up)", "1"])
def test_an_entry_is_one_metric_with_its_labels(text: str) -> None:
    with pytest.raises(Unreadable):
        selector_named(text)


def test_metrics_are_listed_once_and_sorted() -> None:
    assert metrics_of([promql_named("b + a"), promql_named("a")]) == ("a", "b")
