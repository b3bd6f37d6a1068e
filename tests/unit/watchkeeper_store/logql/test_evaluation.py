"""What the evaluator asks of a source, and answers that scripts cannot show: limits, intervals, categories."""

import math
from collections.abc import Iterator

import pytest
from tests.conformance.logql.memory import MemorySource

from watchkeeper_store.logql import (
    Entry,
    Instants,
    LimitExceeded,
    LogOptions,
    LogQuery,
    Span,
    evaluate_instant,
    evaluate_log,
    evaluate_range,
    line_by_line,
    parse,
    split_pipeline,
)
from watchkeeper_store.logql.arithmetic import combine_numbers
from watchkeeper_store.logql.evaluation import samples
from watchkeeper_store.logql.evaluation.results import Sample
from watchkeeper_store.logql.evaluation.samples import keying, wanted_labels
from watchkeeper_store.logql.evaluation.windows import counter_rate, quantile
from watchkeeper_store.logql.source import Direction, LineFilter, LineFilterOperator, ReadRequest, Rows
from watchkeeper_store.logql.tree import RangeAggregation

SECOND = 1_000_000_000
SPAN = Span(tenant="t", start_ns=0, end_ns=100 * SECOND)


class AskedSource(MemorySource):
    """Remembers what it was asked for."""

    def read(self, request: ReadRequest) -> Iterator[Rows]:
        self.asked = request
        return super().read(request)


def log_query(text: str) -> LogQuery:
    query = parse(text)
    assert isinstance(query, LogQuery)
    return query


def entries(source: MemorySource, text: str, options: LogOptions) -> list[Entry]:
    return list(evaluate_log(log_query(text), source, SPAN, options))


def a_source(lines: int = 5) -> AskedSource:
    source = AskedSource()
    for second in range(lines):
        source.add({"app": "a"}, second * SECOND, f"line {second}")
    return source


def test_line_filters_before_any_change_of_the_line_are_pushed_down() -> None:
    source = a_source()
    entries(source, '{app="a"} |= "x" or "y" | json | a="b" !~ "z" | line_format "{{.a}}" |= "w"', LogOptions(limit=3))
    assert source.asked.line_filters == (
        LineFilter(operator=LineFilterOperator.CONTAINS, values=("x", "y")),
        LineFilter(operator=LineFilterOperator.MISMATCHES, values=("z",)),
    )
    assert source.asked.limit is None


def test_lines_that_no_stage_looks_at_have_the_labels_that_they_have_with_one_that_changes_nothing() -> None:
    source = AskedSource()
    metadata: tuple[dict[str, str], ...] = ({}, {"trace": "1"}, {"app": "hidden"}, {"trace": "1"}, {"pod_extracted": "x"})
    for second, pairs in enumerate(metadata):
        for app in ("a", "b"):
            source.add({"app": app, "pod": "p", "pod_extracted": "y"}, second * SECOND, f"{app} line {second}", pairs)
    for text in ('{pod="p"}', '{pod="p"} |= "a"', '{app="b"} !~ "[13]"'):
        plain = entries(source, text, LogOptions())
        assert plain == entries(source, f"{text} | drop nothing", LogOptions())
    assert [(entry.line, dict(entry.metadata)) for entry in plain] == [
        ("b line 4", {"pod_extracted_extracted": "x"}),
        ("b line 2", {"app_extracted": "hidden"}),
        ("b line 0", {}),
    ]


def test_the_limit_is_pushed_down_where_nothing_else_drops_lines() -> None:
    source = a_source()
    assert [entry.line for entry in entries(source, '{app="a"} |= "line"', LogOptions(limit=2))] == ["line 4", "line 3"]
    assert (source.asked.limit, source.asked.direction) == (2, Direction.BACKWARD)
    entries(source, '{app="a"}', LogOptions(limit=2, interval_ns=SECOND))
    assert source.asked.limit is None


def test_what_a_source_cannot_be_told_stays_in_the_rest() -> None:
    query = log_query('{app="a"} |= ip("10.0.0.1") |> "<_>x" | logfmt |= "y"')
    split = split_pipeline(query.stages)
    assert [filter_.values for filter_ in split.exact] == [("y",)]
    assert [stage.text() for stage in split.rest] == ['|= ip("10.0.0.1")', '|> "<_>x"', "| logfmt"]


def test_an_interval_thins_entries_in_either_direction() -> None:
    source = a_source(6)
    forward = LogOptions(direction=Direction.FORWARD, interval_ns=2 * SECOND)
    assert [entry.line for entry in entries(source, '{app="a"}', forward)] == ["line 0", "line 2", "line 4"]
    backward = LogOptions(interval_ns=2 * SECOND, limit=2)
    assert [entry.line for entry in entries(source, '{app="a"}', backward)] == ["line 5", "line 3"]


def test_entries_show_labels_by_category() -> None:
    source = MemorySource()
    source.add({"app": "a", "env": "p"}, SECOND, "env=x trace=parsed bad", {"trace": "meta", "span": "s"})
    query = '{app="a"} | logfmt | status>1 or app="a" | label_format zone=app, s=span, t=trace, new="{{.env}}"'
    [entry] = entries(source, query, LogOptions())
    assert entry.stream == (("env", "p"),)
    assert entry.metadata == ()
    parsed = (("env_extracted", "x"), ("new", "p"), ("s", "s"), ("t", "meta"), ("trace_extracted", "parsed"), ("zone", "a"))
    assert entry.parsed == parsed


def test_lines_of_one_time_keep_their_order_and_reverse_it() -> None:
    source = MemorySource()
    for line in ("first", "second", "third"):
        source.add({"app": "a"}, SECOND, line)
    for direction, order in (
        (Direction.FORWARD, ["first", "second", "third"]),
        (Direction.BACKWARD, ["third", "second", "first"]),
    ):
        assert [entry.line for entry in entries(source, '{app="a"}', LogOptions(direction=direction))] == order


def test_more_series_than_allowed_are_refused() -> None:
    source = MemorySource()
    for number in range(3):
        source.add({"app": "a", "n": str(number)}, SECOND, "x")
    leaves, query = line_by_line(source, "t"), parse('count_over_time({app="a"}[1m])')
    assert len(evaluate_range(query, leaves, Instants(start_ns=SECOND, end_ns=SECOND, step_ns=SECOND), max_series=3)) == 3
    with pytest.raises(LimitExceeded, match=r"^maximum number of series \(2\) reached for a single query; consider reducing"):
        evaluate_instant(query, leaves, SECOND, max_series=2)


def test_series_that_are_aggregated_further_are_bounded_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    source = MemorySource()
    for number in range(4):
        source.add({"app": "shop"}, number + 1, f"n={number}", {})
    leaves = line_by_line(source, "t")
    monkeypatch.setattr(samples, "MOST_LABELS", 12)  # four series of app and n
    count = parse('count(count_over_time({app="shop"} | logfmt [1s]))')
    assert evaluate_instant(count, leaves, 10) == (Sample(labels=(), value=4.0),)
    monkeypatch.setattr(samples, "MOST_LABELS", 11)
    with pytest.raises(LimitExceeded):
        evaluate_instant(count, leaves, 10)


def test_a_long_value_counts_as_the_labels_that_it_would_fill(monkeypatch: pytest.MonkeyPatch) -> None:
    source = MemorySource()
    source.add({"app": "shop"}, 1, "line", {})
    leaves = line_by_line(source, "t")
    count = parse('count(count_over_time({app="shop"} | label_format x=`{{ repeat 2560 "x" }}` [1s]))')
    monkeypatch.setattr(samples, "MOST_LABELS", 13)  # the series, two labels, and 2560 / 256
    assert evaluate_instant(count, leaves, 10) == (Sample(labels=(), value=1.0),)
    monkeypatch.setattr(samples, "MOST_LABELS", 12)
    with pytest.raises(LimitExceeded):
        evaluate_instant(count, leaves, 10)


@pytest.mark.parametrize(
    ("text", "labels", "nothing"),
    [
        ('count_over_time({app="a"} | json [1m])', None, False),
        ('max_over_time({app="a"} | json | unwrap x [1m]) by (y)', {"x", "y"}, False),
        ('avg_over_time({app="a"} | json | x_extracted="1" | unwrap y [1m]) by ()', {"x", "x_extracted", "y"}, False),
        ('absent_over_time({app="a"} | json [1m])', None, True),
        ('absent_over_time({app="a"} | json | line_format "{{.z}}" [1m])', {"z"}, False),
    ],
)
def test_parsers_are_told_what_a_query_can_see(text: str, labels: set[str] | None, nothing: bool) -> None:
    aggregation = parse(text)
    assert isinstance(aggregation, RangeAggregation)
    wanted = wanted_labels(aggregation, keying(aggregation, None))
    assert (wanted.labels, wanted.nothing) == (frozenset(labels) if labels is not None else None, nothing)


def test_reading_stops_once_all_that_is_wanted_was_found() -> None:
    source = MemorySource()
    source.add({"app": "a"}, SECOND, '{"level":"warn", broken')
    leaves = line_by_line(source, "t")
    result = evaluate_instant(parse('sum by (level) (count_over_time({app="a"} | json [1m]))'), leaves, SECOND)
    assert result[0].labels == (("level", "warn"),)  # type: ignore[index]  # not a scalar


@pytest.mark.parametrize(("share", "expected"), [(0.25, 1.75), (0.5, 2.5), (-0.1, -math.inf), (1.1, math.inf), (1, 4)])
def test_quantiles_are_interpolated(share: float, expected: float) -> None:
    assert quantile(share, [4, 1, 3, 2]) == expected


def test_the_rate_of_a_counter_is_what_the_reference_says() -> None:
    # 15 samples, one a second, 46 to 60: 14 over 30 s, stretched by 30 / 14,000,000.
    times = [second * SECOND for second in range(46, 61)]
    assert counter_rate(times, [float(second) for second in range(46, 61)], 30 * SECOND) == 0.46666766666666665
    assert counter_rate([SECOND], [5.0], 30 * SECOND) == 0


@pytest.mark.parametrize(
    ("sign", "left", "right", "expected"),
    [
        ("%", -7, 3, -1),
        ("%", 7, -3, 1),
        ("^", 2, -1, 0.5),
        ("^", -8, 0.5, math.nan),
        ("/", 1, 0, math.nan),
        ("^", 0, -1, math.inf),
    ],
)
def test_arithmetic_is_gos(sign: str, left: float, right: float, expected: float) -> None:
    result = combine_numbers(sign, left, right)
    assert result == expected or (math.isnan(result) and math.isnan(expected))
