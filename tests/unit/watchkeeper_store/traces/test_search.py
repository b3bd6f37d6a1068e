"""What queries find among the traces of the shop, in memory and on disk; each answer read off the table of its spans."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from tests.unit.watchkeeper_store.traces.shop import MS, NOON_NS, SHOP, A, found, in_memory, on_disk, trace_id

from watchkeeper_store.traceql import parse
from watchkeeper_store.traceql.tree import Filter, Pipeline
from watchkeeper_store.traces.columns import SpanTable, Value, trace_id_of
from watchkeeper_store.traces.conditions import decide
from watchkeeper_store.traces.exact import matches, span_sets
from watchkeeper_store.traces.plain import plain_values
from watchkeeper_store.traces.search import Candidates, Window, search, trace_data_by_id
from watchkeeper_store.traces.segment import SegmentTable, open_segment
from watchkeeper_store.traces.series import series
from watchkeeper_store.traces.steps import steps_of
from watchkeeper_store.traces.view import Lookup, TraceView, id_text

CASES = [
    ("{ }", {1: [1, 2, 3, 4, 5], 2: [6], 3: [7]}),
    ('{ resource.service.name = "shop" }', {1: [3, 4, 5]}),
    ('{ .service.name = "shop" && kind = client }', {1: [4, 5]}),
    ("{ span.http.status_code >= 500 }", {1: [1, 3]}),
    ("{ .http.status_code != 500 }", {2: [6]}),
    ("{ !(.http.status_code = 500) }", {1: [2, 4, 5], 2: [6], 3: [7]}),
    ("{ .http.status_code = nil }", {1: [2, 4, 5], 3: [7]}),
    ("{ .http.status_code != nil }", {1: [1, 3], 2: [6]}),
    ('{ .http.status_code = "500" }', {}),
    ("{ .retry }", {1: [3]}),
    ("{ .retry = false }", {}),
    ("{ .load > 0.4 && .load < 1 }", {1: [4]}),
    ("{ 10 < .db.rows }", {1: [4]}),
    ("{ .db.rows * 2 = 6 }", {1: [5]}),
    ("{ -.db.rows < -10 }", {1: [4]}),
    ('{ name =~ "SELECT .*" }', {1: [4, 5]}),
    ('{ name =~ "SELECT" }', {}),
    ('{ name !~ "SELECT.*" && resource.service.name = "shop" }', {1: [3]}),
    ("{ duration > 250ms }", {1: [1, 2, 3]}),
    ("{ duration = 0.02s }", {2: [6]}),
    ("{ status = error }", {1: [1, 3, 4]}),
    ("{ status != unset }", {1: [1, 3, 4]}),
    ('{ statusMessage = "no database" }', {1: [3]}),
    ("{ kind = consumer }", {3: [7]}),
    ("{ traceDuration > 290ms }", {1: [1, 2, 3, 4, 5]}),
    ('{ rootName = "GET /buy" && kind = server }', {1: [1, 3]}),
    ('{ rootServiceName = "web" && duration < 30ms }', {1: [5], 2: [6]}),
    ("{ parent = nil }", {1: [1], 2: [6]}),
    ("{ childCount = 2 }", {1: [3]}),
    ("{ parent.http.status_code = 500 && kind = client }", {1: [2, 4, 5]}),
    ('{ event:name = "exception" }', {1: [3]}),
    ('{ event.exception.type = "Timeout" }', {1: [3]}),
    ("{ event:timeSinceStart = 1ms }", {1: [3]}),
    ('{ instrumentation:name = "lib-worker" }', {3: [7]}),
    ('{ .zone = "b" }', {3: [7]}),
    ('{ resource.zone = "a" && .db.rows = 3 }', {1: [5]}),
    ('{ .tags = "y" }', {3: [7]}),
    (f'{{ trace:id = "{"0" * 31}2" }}', {2: [6]}),
    (f'{{ trace:id != "{"0" * 31}1" }}', {2: [6], 3: [7]}),
    ('{ trace:id = "2" }', {}),
    (f'{{ span:id = "{"0" * 15}4" || span:parentID = "{"0" * 15}1" }}', {1: [2, 4]}),
    (f'{{ span:parentID != "{"0" * 15}3" }}', {1: [2, 3], 3: [7]}),
    ('{ trace:id =~ "0*2" }', {2: [6]}),
    ("{ nestedSetParent < 0 }", {1: [1], 2: [6], 3: [7]}),
    ('{ .http.route = "/buy" } && { .db.rows = 3 }', {1: [1, 5]}),
    ('{ .http.route = "/" } && { .db.rows = 3 }', {}),
    ('{ .http.route = "/" } || { .db.rows = 3 }', {1: [5], 2: [6]}),
    ('{ resource.service.name = "web" } > { resource.service.name = "shop" }', {1: [3]}),
    ('{ resource.service.name = "web" } >> { resource.service.name = "shop" }', {1: [3, 4, 5]}),
    ('{ .db.rows = 3 } < { resource.service.name = "shop" }', {1: [3]}),
    ("{ .db.rows = 3 } << { kind = server }", {1: [1, 3]}),
    ("{ .db.rows = 3 } ~ { .db.rows = 17 }", {1: [4]}),
    ("{ kind = server } !> { kind = client }", {}),
    ("{ kind = server } !>> { kind = server }", {1: [1], 2: [6]}),
    ("{ kind = client } !~ { .db.rows > 0 }", {}),
    ("{ .db.rows = 3 } !~ { .db.rows > 0 }", {1: [5]}),
    ('{ .http.route = "/buy" } &>> { .db.rows > 0 }', {1: [1, 4, 5]}),
    ("{ .db.rows = 3 } &~ { .db.rows = 17 }", {1: [4, 5]}),
    ("{ kind = client } | count() > 2", {1: [2, 4, 5]}),
    ("{ kind = client } | count() > 3", {}),
    ("{ .db.rows > 0 } | avg(.db.rows) = 10", {1: [4, 5]}),
    ("{ } | max(duration) > 290ms", {1: [1, 2, 3, 4, 5]}),
    ("{ } | sum(.db.rows) + 1 = 21", {1: [1, 2, 3, 4, 5]}),
    ("count() = 1", {2: [6], 3: [7]}),
    ("{ } | by(resource.service.name) | count() = 2", {1: [1, 2]}),
    ("{ } | by(resource.service.name) | count() >= 2 | coalesce()", {1: [1, 2, 3, 4, 5]}),
    ("{ status = error } | { .db.rows > 0 }", {1: [4]}),
    ("({ kind = server } | count()) < ({ kind = client } | count())", {1: [1, 2, 3, 4, 5]}),
    ("({ kind = server } | count() > 1) && ({ kind = client } | count() > 2)", {1: [1, 2, 3, 4, 5]}),
    ("{ status = error } | select(.db.rows)", {1: [1, 3, 4]}),
]


def everywhere(folder: Path) -> list[list[SpanTable]]:
    """The shop in memory, on disk, and scattered over both."""
    return [[in_memory(SHOP)], [on_disk(folder / "all", SHOP)], [on_disk(folder / "some", SHOP[:4]), in_memory(SHOP[4:])]]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> list[list[SpanTable]]:
    return everywhere(tmp_path_factory.mktemp("spans"))


@pytest.mark.parametrize(("query", "expected"), CASES, ids=[query for query, _ in CASES])
def test_a_query_finds_the_same_in_memory_and_on_disk(
    places: list[list[SpanTable]], query: str, expected: dict[int, list[int]]
) -> None:
    assert [found(tables, query) for tables in places] == [expected] * 3


def test_a_segment_of_version_1_answers_as_before(tmp_path: Path) -> None:
    # Version 1 had the columns, without the lower half of the trace's id, beside the encoded spans.
    on_disk(tmp_path, SHOP)
    folder = tmp_path / "segment"
    together, encoded = pq.read_table(folder / "numbers.parquet"), pq.read_table(folder / "spans.parquet")
    together = together.drop_columns(["trace_low"])
    for name in encoded.column_names:
        together = together.append_column(name, encoded[name])
    pq.write_table(together, folder / "spans.parquet")
    (folder / "numbers.parquet").unlink()
    tables: list[SpanTable] = [SegmentTable(open_segment(folder, "segment"))]
    assert [found(tables, query) for query, _ in CASES] == [expected for _, expected in CASES]
    assert trace_data_by_id(tables, trace_id(1)) is not None


def test_the_newest_traces_come_first_and_no_more_than_asked_for(places: list[list[SpanTable]]) -> None:
    for tables in places:
        assert list(found(tables, "{ }", limit=2)) == [3, 2]


def test_only_spans_that_overlap_the_window_count(places: list[list[SpanTable]]) -> None:
    window = Window(start_ns=NOON_NS + 290 * MS, end_ns=NOON_NS + 1000 * MS)
    for tables in places:
        traces = [int.from_bytes(one.trace.trace_id, "big") for one in search(tables, search_query("{ }"), window, 10)]
        assert traces == [2, 1]
        assert not list(search(tables, parse("{ kind = consumer }"), window, 10))


def test_a_trace_is_found_by_its_id_whole_and_once(places: list[list[SpanTable]]) -> None:
    for tables in places:
        data = trace_data_by_id([*tables, in_memory(SHOP[:2])], trace_id(1))
        assert data is not None
        spans = [span for resource in data.resource_spans for scope in resource.scope_spans for span in scope.spans]
        assert sorted(int.from_bytes(span.span_id, "big") for span in spans) == [1, 2, 3, 4, 5]
        assert trace_data_by_id(tables, trace_id(4)) is None


def numbers(tables: list[SpanTable], query: str) -> dict[tuple[str, ...], list[float]]:
    """Labels → values, in steps of a second: at noon, one and two seconds later."""
    made = series(tables, parse(query), steps_of(NOON_NS, NOON_NS + 2000 * MS, 1000 * MS))
    return {tuple(str(value) for _, value in one.labels): one.values.round(6).tolist() for one in made}


def test_spans_are_counted_in_steps_that_include_their_end(places: list[list[SpanTable]]) -> None:
    # noon: span 1; until one second later: 2 to 6; until two seconds later: 7
    for tables in places:
        assert numbers(tables, "{ } | count_over_time()") == {("count_over_time",): [1, 5, 1]}
        assert numbers(tables, "{ } | rate() by (resource.service.name)") == {
            ("shop",): [0, 3, 0], ("web",): [1, 2, 0], ("worker",): [0, 0, 1],
        }  # fmt: skip
        assert numbers(tables, "{ childCount > 0 } | count_over_time() by (status)") == {
            ("error",): [1, 1, 0],
            ("unset",): [0, 1, 0],
        }


def test_durations_are_measured_in_seconds(places: list[list[SpanTable]]) -> None:
    for tables in places:
        shop = '{ resource.service.name = "shop" }'
        assert numbers(tables, f"{shop} | max_over_time(duration)")[("max_over_time",)][1] == 0.26
        assert numbers(tables, f"{shop} | sum_over_time(span.db.rows)")[("sum_over_time",)][1] == 20
        assert numbers(tables, f"{shop} | avg_over_time(.db.rows) by (name)")[("SELECT orders",)][1] == 17
        # durations 0.26, 0.2, 0.01: the median is 0.2
        assert numbers(tables, f"{shop} | quantile_over_time(duration, .5)")[("0.5",)][1] == 0.2
        # buckets are powers of two in seconds: 0.01 → 0.015625, 0.2 → 0.25, 0.26 → 0.5
        assert {labels: values[1] for labels, values in numbers(tables, f"{shop} | histogram_over_time(duration)").items()} == {
            ("0.015625",): 1, ("0.25",): 1, ("0.5",): 1,
        }  # fmt: skip


def test_second_stages_choose_series_and_samples(places: list[list[SpanTable]]) -> None:
    for tables in places:
        assert list(numbers(tables, "{ } | sum_over_time(.db.rows) by (name) | topk(1)")) == [("SELECT orders",)]
        assert list(numbers(tables, "{ } | count_over_time() by (resource.service.name) > 2")) == [("shop",)]


def test_compare_counts_values_on_both_sides(places: list[list[SpanTable]]) -> None:
    # The shop's spans 3, 4 and 5 begin in the second step; 3 and 4 failed, 5 did not. All have zone a.
    for tables in places:
        made = series(
            tables,
            parse('{ resource.service.name = "shop" } | compare({ status = error }, 1)'),
            steps_of(NOON_NS, NOON_NS + 2000 * MS, 1000 * MS),
        )
        counted = {one.labels: one.values.tolist() for one in made}
        assert counted[("__meta_type", "selection"), ("resource.zone", "a")] == [0, 2, 0]
        assert counted[("__meta_type", "baseline"), ("resource.zone", "a")] == [0, 1, 0]
        assert counted[("__meta_type", "baseline"), ("span.db.rows", 3)] == [0, 1, 0]
        assert counted[("__meta_type", "selection"), ("span.db.rows", 17)] == [0, 1, 0]
        assert counted[("__meta_type", "selection_total"), ("name", None)] == [0, 2, 0]
        # of the two names in the selection the limit leaves one
        assert len([labels for labels in counted if labels[0][1] == "selection" and labels[1][0] == "name"]) == 1


NOTHING = pytest.approx(float("nan"), nan_ok=True)


def test_series_are_joined_step_by_step_by_their_labels(places: list[list[SpanTable]]) -> None:
    # errors: span 1 at noon, 3 and 4 a second later; all: 1, 5 and 1
    errors, everything = "({ status = error } | count_over_time())", "({ } | count_over_time())"
    service = "by (resource.service.name)"
    for tables in places:
        assert numbers(tables, f"{errors} / {everything}") == {("(count_over_time / count_over_time)",): [1, 0.4, 0]}
        assert numbers(tables, f"{errors} + {everything} * 2") == {
            ("(count_over_time + count_over_time)",): [3, 12, 2],
        }
        assert numbers(tables, f"({errors} + {everything}) * 2") == {("(count_over_time + count_over_time)",): [4, 14, 2]}
        # one without labels joins all others; what has no partner, here the worker, is left out
        assert numbers(tables, f"({{ }} | count_over_time() {service}) - {everything}") == {
            ("shop",): [-1, -2, -1], ("web",): [0, -3, -1], ("worker",): [-1, -5, 0],
        }  # fmt: skip
        by_service = numbers(tables, f"({{ status = error }} | rate() {service}) / ({{ }} | rate() {service})")
        assert by_service == {("shop",): [NOTHING, 0.666667, NOTHING], ("web",): [1, 0, NOTHING]}


def test_series_are_joined_with_numbers_and_second_stages_come_after(places: list[list[SpanTable]]) -> None:
    service = "by (resource.service.name)"
    for tables in places:
        assert numbers(tables, "100 - ({ } | count_over_time()) / 2") == {("count_over_time",): [99.5, 97.5, 99.5]}
        assert numbers(tables, "7 / 2 * ({ } | count_over_time())") == {("count_over_time",): [3, 15, 3]}
        assert numbers(tables, "({ } | count_over_time()) / 0") == {("count_over_time",): [NOTHING] * 3}
        # the worker's value is missing in two steps, and stays missing
        assert numbers(tables, '({ name = "job" } | max_over_time(duration)) * 1000') == {
            ("max_over_time",): [NOTHING, NOTHING, 50],
        }
        # a second later: shop 3, web 2; the largest of each step stays, of which more than 25 does
        percent = f"({{ }} | count_over_time() {service}) * 10 | topk(1) > 25"
        assert numbers(tables, percent) == {("shop",): [NOTHING, 30, NOTHING]}
        inside = f"(({{ }} | count_over_time() {service} | bottomk(1)) - ({{ }} | count_over_time() {service})) > -1"
        assert numbers(tables, inside)[("worker",)] == [0, 0, NOTHING]


VALUES = st.one_of(st.sampled_from(["a", "b", ""]), st.integers(-3, 3), st.booleans(), st.sampled_from([0.5, 2.0]))
SPANS = st.lists(
    st.builds(
        A,
        trace=st.integers(1, 4),
        span=st.integers(1, 30),
        took=st.integers(0, 50),
        kind=st.integers(0, 5),
        status=st.integers(0, 2),
        service=st.sampled_from(["web", "shop"]),
        name=st.sampled_from(["x", "y"]),
        attributes=st.dictionaries(st.sampled_from(["k", "l"]), VALUES | st.lists(VALUES, max_size=3), max_size=2),
        resource=st.dictionaries(st.sampled_from(["k", "m"]), VALUES, max_size=2),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda one: one.span,
)
ATOMS = st.sampled_from(
    """
    .k = 1; .k != 1; span.k = "a"; resource.k > 0; .k = nil; .m != nil; .l; .k =~ "a.*"; duration > 20ms; status = error
    kind != server; name = "x"; 2 >= .l; .k < 1.5; .k = true; .k = .l; span.k + 1 = 2; resource.service.name = "web"
    .k !~ "b?"; .l >= "a"; .k = ""
    """.strip()
    .replace("\n", ";")
    .split(";")
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) && ({two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) || ({two[1]})"),
        inner.map(lambda one: f"!({one})"),
    ),
    max_leaves=4,
)


@settings(max_examples=200)
@given(spans=SPANS, condition=CONDITIONS)
def test_columns_and_single_spans_agree_on_every_condition(spans: list[A], condition: str) -> None:
    table = in_memory(spans)
    filter_ = search_query(f"{{ {condition} }}").stages[0]
    assert isinstance(filter_, Filter)
    decided = decide(filter_, table)
    exact = {span.place[1] for trace in every_trace([table]) for span in trace.spans if matches(filter_, span, trace)}
    by_columns = set(decided.mask.nonzero()[0].tolist())
    assert by_columns == exact if decided.exact else by_columns >= exact


def search_query(text: str) -> Pipeline:
    query = parse(text)
    assert isinstance(query, Pipeline)
    return query


def every_trace(tables: Sequence[SpanTable]) -> list[TraceView]:
    return list(Candidates(tables, search_query("{ }"), Window()).traces())


RELATIONS = ["&&", "||", ">", ">>", "<", "<<", "~", "!>", "!>>", "!<", "!<<", "!~", "&>", "&>>", "&<", "&<<", "&~"]
QUERIES = st.one_of(
    CONDITIONS.map(lambda one: f"{{ {one} }}"),
    st.tuples(CONDITIONS, st.sampled_from(RELATIONS), CONDITIONS).map(
        lambda parts: f"{{ {parts[0]} }} {parts[1]} {{ {parts[2]} }}"
    ),
    st.tuples(CONDITIONS, CONDITIONS).map(lambda two: f"{{ {two[0]} }} | {{ {two[1]} }}"),
    CONDITIONS.map(lambda one: f"{{ {one} }} | by(.k) | count() > 1"),
    st.tuples(CONDITIONS, CONDITIONS).map(lambda two: f"({{ {two[0]} }} | count() > 1) && ({{ {two[1]} }})"),
)


@settings(max_examples=200)
@given(spans=SPANS, query=QUERIES, cut=st.integers(0, 12))
def test_a_search_finds_what_each_trace_looked_at_alone_gives(spans: list[A], query: str, cut: int) -> None:
    tables = [in_memory(part) for part in (spans[:cut], spans[cut:]) if part]
    alone = {}
    for trace in every_trace(tables):
        kept = {span.span_id for one in span_sets(search_query(query).stages, trace) for span in one.spans}
        if kept:
            alone[int.from_bytes(trace.trace_id, "big")] = sorted(kept)
    assert found(tables, query) == alone


@settings(max_examples=100)
@given(
    spans=SPANS,
    condition=CONDITIONS,
    metric=st.sampled_from(
        ["rate()", "count_over_time() by(.k)", "sum_over_time(.k) by(name, kind)", "max_over_time(duration) by(span.l)"]
    ),
)
def test_metrics_from_columns_and_from_single_spans_agree(spans: list[A], condition: str, metric: str) -> None:
    # A second stage is decided span by span, the first alone on columns.
    tables = [in_memory(spans)]
    assert by_type(tables, f"{{ {condition} }} | {metric}") == by_type(tables, f"{{ {condition} }} | {{ true }} | {metric}")


def by_type(tables: Sequence[SpanTable], query: str) -> dict[tuple[tuple[str, type, object], ...], list[float]]:
    """Labels with the types of their values → values, where nothing is NaN, which equals nothing."""
    made = series(tables, parse(query), steps_of(NOON_NS, NOON_NS + 2000 * MS, 1000 * MS))
    return {
        tuple((name, type(value), value) for name, value in one.labels): np.nan_to_num(one.values, nan=-1.0).tolist()
        for one in made
    }


@settings(max_examples=100)
@given(spans=SPANS, more=SPANS)
def test_columns_hold_what_was_sent(tmp_path_factory: pytest.TempPathFactory, spans: list[A], more: list[A]) -> None:
    folder = tmp_path_factory.mktemp("sent")
    for table in (in_memory(spans, more), on_disk(folder, spans, more)):
        rows = np.arange(len(table.columns), dtype=np.int32)
        lookup = Lookup([table], [rows])
        for row, encoded in zip(rows.tolist(), table.encoded(rows), strict=True):
            span, columns = Span.FromString(encoded.span), table.columns
            assert trace_id_of(int(columns.trace[row]), int(columns.trace_low[row])) == span.trace_id
            assert id_text(int(columns.span[row])) == span.span_id.hex()
            assert int(columns.start_ns[row]) == span.start_time_unix_nano
            assert (int(columns.kind[row]), int(columns.status[row])) == (span.kind, span.status.code)
            assert table.dictionary[columns.name[row]] == span.name
            resource = Resource.FromString(encoded.resource)
            for scope, attributes in (("span", span.attributes), ("resource", resource.attributes)):
                sent = {pair.key: plain_values(pair.value) for pair in attributes}
                held = {key: lookup.attribute((0, row), (scope, key)) for key in "klm"}
                assert typed(held) == typed({key: sent.get(key, ()) for key in "klm"})


def typed(held: dict[str, tuple[Value, ...]]) -> dict[str, list[tuple[type, Value]]]:
    """With types, because 1, 1.0 and True are equal."""
    return {key: [(type(value), value) for value in values] for key, values in held.items()}
