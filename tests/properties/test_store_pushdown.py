"""What DuckDB counts is what the evaluator counts line by line, wherever the lines lie."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from watchkeeper_store.logql.errors import QueryError
from watchkeeper_store.logql.evaluation.metric_query import Leaves, evaluate_range, line_by_line
from watchkeeper_store.logql.evaluation.results import Instants, Series
from watchkeeper_store.logql.parser.expression import parse
from watchkeeper_store.model import fields
from watchkeeper_store.process import open_store
from watchkeeper_store.query import pushdown
from watchkeeper_store.query.pushdown import pushed_down
from watchkeeper_store.query.scope import Scope
from watchkeeper_store.query.source import StoreSource
from watchkeeper_store.query.tenants import leaves_of, source_of
from watchkeeper_store.settings import settings_of
from watchkeeper_store.storage.store import LogStore
from watchkeeper_wire.loki_push import JSON_CONTENT_TYPE, Entry, Stream, encode_push_json

SECOND = 10**9
START = int(time.time()) // 60 * 60 * SECOND - 600 * SECOND

LINES = (
    st.builds(
        lambda status, took, level, rest: f'level={level} status={status} took={took} msg="a {rest}"',
        st.sampled_from(["200", "404", "500", "", "abc", "1e3"]),
        st.sampled_from(["1", "20", "3.5", "7", "x", ""])
        | st.sampled_from(["1", "20", "3.5"])
        | st.sampled_from(["1_0", "+5", "1e3", "0x1p-2"]),
        st.sampled_from(["info", "error", "weird"]),
        st.sampled_from(["word", "status=7", "ärger", "x" * 30]),
    )
    | st.sampled_from(
        [
            *(
                f'{{"status":{status},"took":{took},"msg":"{msg}"}}'
                for status in ("500", '"404"', "1.0", "true")
                for took in ("1", "20")
                for msg in ("a word", "the status", 'say \\"status\\"')
            ),
            '{"status":500,"status":200}',
            '{" status ":500}',
            '{"st.atus":1,"took":3}',
            '{"a":{"status":500},"took":5}',
            '{"status":{"x":1}}',
            '{"status":[1]}',
            '{"status":null,"took":"7"}',
            '{"st\\u0061tus":500}',
            '{"status":500',
            "[1]",
            '{"http":{"code":500}}',
            '{"http_code":404}',
            '{"http-code":404}',
            '{"http":{"code":1},"http_code":2}',
            '{"status" : "5 0"}',
            '{"ht\\"tp_code":1,"http\\/code":3}',
            '{"status\u2003":9}',
            '{"msg":"status","took":2.5}',
            '{"took":1e3,"status_x":1}',
            '{"status":1,}',
            '{"status":NaN}',
            '{"took":[1, ],"status":2}',
            '{"status":2,"x":-inf }',
            '{"http":1,"http_code":7,"took":7}',
        ]
    )
    | st.sampled_from(["plain words only", 'status=500 msg="say \\"x\\""', "status=1 status=2 twice", ""])
)
ENTRIES = st.lists(st.tuples(st.integers(0, 300), LINES), min_size=1, max_size=30)
PUSHES = st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), ENTRIES, st.booleans()), min_size=1, max_size=6)
FILTERS = st.sampled_from(["", ' |= "status=500"', ' != "x"', ' |~ "status=[45]"', ' !~ "took=.0"', ' |= "a" or "plain"'])
STAGES = st.sampled_from(
    ["", " | logfmt", ' | logfmt | status="500"', " | logfmt | status > 300", ' | detected_level="error"', " | drop level",
     ' | logfmt | level_extracted="info"', ' | app="a"', " | json", ' | json | status="500"', " | json | http_code > 1",
     ' | json | __error__=""', " | json | drop took"]
)  # fmt: skip
RANGES = st.sampled_from(["[30s]", "[45s]", "[1m]", "[7s]", "[2m] offset 13s"])
SIMPLE = st.builds(
    lambda outer, function, filter_, stage, range_: f'{outer} ({function}({{app=~".+"}}{filter_}{stage} {range_}))',
    st.sampled_from(
        [
            "sum",
            "sum by (app)",
            "sum by (status)",
            "sum by (status, detected_level)",
            "sum by (http_code, status)",
            "sum without (app)",
            "max by (app)",
        ]
    ),
    st.sampled_from(["count_over_time", "rate", "bytes_over_time", "bytes_rate"]),
    FILTERS,
    STAGES,
    RANGES,
)
UNWRAPPED = st.builds(
    lambda function, filter_, parser, error, range_, by: (
        f'{function} {{app=~".+"}}{filter_} | {parser} | unwrap took{error} {range_}) by ({by})'
    ),
    st.sampled_from(
        [
            "avg_over_time(",
            "max_over_time(",
            "min_over_time(",
            "stddev_over_time(",
            "quantile_over_time(0.9,",
            "quantile_over_time(0,",
        ]
    ),
    FILTERS,
    st.sampled_from(["logfmt", "logfmt", "json"]),
    st.sampled_from(["", ' | __error__=""']),
    RANGES,
    st.sampled_from(["app", "status", "app, status"]),
)


def fill(folder: Path, pushes: list[tuple[str, list[tuple[int, str]], bool]], tenants: tuple[str, ...] = ("t",)) -> LogStore:
    """A store with every push in it, some of them flushed to segments; tenants take turns to push."""
    store, intake = open_store(settings_of(["--data-dir", str(folder), "--listen-address", "127.0.0.1:0"]))
    for (app, lines, flushes), tenant in zip(pushes, cycle(tenants), strict=False):
        entries = [Entry(START + place * SECOND, line) for place, line in lines]
        taken = intake.take(tenant, encode_push_json([Stream({"app": app}, entries)]), JSON_CONTENT_TYPE, "")
        assert taken.done is not None
        taken.done.result(10)
        if flushes:
            store.flush()
    return store


def outcome(leaves: Leaves, query: str, instants: Instants) -> tuple[Series, ...] | str:
    try:
        return evaluate_range(parse(query), leaves, instants)
    except QueryError as failure:
        return type(failure).__name__


def same(left: tuple[Series, ...] | str, right: tuple[Series, ...] | str) -> bool:
    if isinstance(left, str) or isinstance(right, str):
        return left == right
    if [series.labels for series in left] != [series.labels for series in right]:
        return False
    pairs = [pair for one, other in zip(left, right, strict=True) for pair in zip(one.points, other.points, strict=True)]
    return all(
        mine[0] == theirs[0] and math.isclose(mine[1], theirs[1], rel_tol=1e-12, abs_tol=1e-12) for mine, theirs in pairs
    )


@pytest.fixture
def everything_is_pushed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pushdown, "FEW_ROWS", 0)
    monkeypatch.setattr(fields, "FEWEST_ROWS", 1)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PUSHES, st.lists(SIMPLE | UNWRAPPED, min_size=8, max_size=8), st.sampled_from([7, 30, 60]))
@pytest.mark.usefixtures("everything_is_pushed")
def test_both_ways_of_counting_agree(
    pushes: list[tuple[str, list[tuple[int, str]], bool]], queries: list[str], step_s: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = fill(Path(folder), pushes)
        try:
            instants = Instants(start_ns=START + 11 * SECOND, end_ns=START + 320 * SECOND, step_ns=step_s * SECOND)
            one_by_one: Callable[[], Leaves] = lambda: line_by_line(StoreSource(store, Scope(60)), "t")  # noqa: E731  read twice
            for query in queries:
                grouped = outcome(pushed_down(store, "t", Scope(60)), query, instants)
                assert same(grouped, outcome(one_by_one(), query, instants)), query
        finally:
            store.close()


OF_TENANTS = st.sampled_from(
    [("", ""), ("by (app)", "by (__tenant_id__)"), ("by (status", "by (__tenant_id__, status"),
     ("without (app)", "without (__tenant_id__)"),
     ('{app=~".+"}', '{app=~".+", __tenant_id__="u"}'), ('{app=~".+"}', '{app=~".+", __tenant_id__!~"t|u"}'),
     (" | logfmt", ' | __tenant_id__="t" | logfmt'), (" | json", " | json | keep app")]
)  # fmt: skip


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PUSHES, st.lists(st.tuples(SIMPLE | UNWRAPPED, OF_TENANTS), min_size=8, max_size=8), st.sampled_from([7, 30, 60]))
@pytest.mark.usefixtures("everything_is_pushed")
def test_several_tenants_are_counted_as_if_their_lines_were_read_as_one(
    pushes: list[tuple[str, list[tuple[int, str]], bool]], queries: list[tuple[str, tuple[str, str]]], step_s: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = fill(Path(folder), pushes, ("t", "u", "another"))
        try:
            instants = Instants(start_ns=START + 11 * SECOND, end_ns=START + 320 * SECOND, step_ns=step_s * SECOND)
            for written, (part, other) in queries:
                query = written.replace(part, other) if part else written
                together = outcome(leaves_of(store, Scope(60), "t|u"), query, instants)
                as_one = outcome(line_by_line(source_of(store, Scope(60), "t|u"), "t|u"), query, instants)
                assert same(together, as_one), query
        finally:
            store.close()
