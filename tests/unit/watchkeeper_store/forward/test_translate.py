"""OTLP metrics as series; every expectation is worked out by hand from the compatibility specification."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from watchkeeper_store.forward.translate import Translation, translate
from watchkeeper_wire.remote_write import Exemplar, Sample

MS = 1_000_000
AT_MS = 1_795_000_000_123
AT = {"timeUnixNano": AT_MS * MS + 999_999}
CUMULATIVE, DELTA = 2, 1
Row = tuple[dict[str, str], list[tuple[int, float | None]]]


def pairs(named: Mapping[str, Any]) -> list[dict[str, Any]]:
    kinds = {str: "stringValue", bool: "boolValue", int: "intValue", float: "doubleValue"}
    return [
        {"key": key, "value": value if isinstance(value, dict) else {kinds[type(value)]: value}} for key, value in named.items()
    ]


def a_request(*metrics: dict[str, Any], resource: Mapping[str, Any] | None = None) -> ExportMetricsServiceRequest:
    one = {"resource": {"attributes": pairs(resource or {})}, "scopeMetrics": [{"metrics": list(metrics)}]}
    return ParseDict({"resourceMetrics": [one]}, ExportMetricsServiceRequest())


def a_gauge(name: str, *points: dict[str, Any], unit: str = "") -> dict[str, Any]:
    return {"name": name, "unit": unit, "gauge": {"dataPoints": list(points)}}


def a_sum(
    name: str, *points: dict[str, Any], monotonic: bool = True, temporality: int = CUMULATIVE, unit: str = ""
) -> dict[str, Any]:
    data = {"dataPoints": list(points), "isMonotonic": monotonic, "aggregationTemporality": temporality}
    return {"name": name, "unit": unit, "sum": data}


def a_histogram(name: str, *points: dict[str, Any], temporality: int = CUMULATIVE, unit: str = "") -> dict[str, Any]:
    return {"name": name, "unit": unit, "histogram": {"dataPoints": list(points), "aggregationTemporality": temporality}}


def rows(made: Translation) -> list[Row]:
    """Labels and samples, in order."""
    return [
        (dict(one.series.labels), [(sample.timestamp_ms, sample.value) for sample in one.series.samples])
        for one in made.outgoing
    ]


def named(made: Translation) -> dict[str, float | None]:
    """The value of each series with one sample, by name and what ``le`` or ``quantile`` says."""
    found = {}
    for labels, samples in rows(made):
        ((_, value),) = samples
        place = labels.get("le") or labels.get("quantile")
        found[labels["__name__"] + (f" {place}" if place else "")] = value
    return found


def test_a_counter_a_gauge_and_an_up_down_counter_are_one_series_each_with_the_time_in_milliseconds() -> None:
    made = translate(
        a_request(
            a_sum("orders", {**AT, "asInt": 3, "startTimeUnixNano": 1}),
            a_gauge("hit", {**AT, "asDouble": 0.5}, unit="1"),
            a_sum("queue", {**AT, "asInt": -2}, monotonic=False),
        )
    )
    assert rows(made) == [
        ({"__name__": "orders_total"}, [(AT_MS, 3.0)]),
        ({"__name__": "hit_ratio"}, [(AT_MS, 0.5)]),
        ({"__name__": "queue"}, [(AT_MS, -2.0)]),
    ]
    assert (made.points, made.refused.total()) == (3, 0)


def test_labels_are_sorted_and_none_is_empty() -> None:
    attributes = pairs({"z": "1", "a": "2", "empty": "", "B": "3", "": "nameless"})
    made = translate(a_request(a_gauge("g", {**AT, "asInt": 1, "attributes": attributes})))
    assert made.outgoing[0].series.labels == (("B", "3"), ("__name__", "g"), ("a", "2"), ("z", "1"))


@pytest.mark.parametrize(
    ("key", "value", "label", "text"),
    [
        ("http.route", "/a", "http_route", "/a"),
        ("4xx", "y", "key_4xx", "y"),
        ("_private", "y", "key_private", "y"),
        ("__kept", "y", "__kept", "y"),
        ("a__b", "y", "a__b", "y"),
        ("on", True, "on", "true"),
        ("n", -7, "n", "-7"),
        ("whole", 2.0, "whole", "2"),
        ("part", 0.25, "part", "0.25"),
        ("list", {"arrayValue": {"values": [{"stringValue": "a"}, {"intValue": 1}]}}, "list", '["a",1]'),
        ("map", {"kvlistValue": {"values": [{"key": "k", "value": {"boolValue": False}}]}}, "map", '{"k":false}'),
    ],
)
def test_attributes_become_labels(key: str, value: Any, label: str, text: str) -> None:
    made = translate(a_request(a_gauge("g", {**AT, "asInt": 1, "attributes": pairs({key: value})})))
    assert rows(made)[0][0] == {"__name__": "g", label: text}


def test_attributes_that_become_one_label_are_joined_in_the_order_of_their_keys() -> None:
    made = translate(a_request(a_gauge("g", {**AT, "asInt": 1, "attributes": pairs({"a_b": "3", "a.b": "1", "a/b": "2"})})))
    assert rows(made)[0][0]["a_b"] == "1;2;3"


def test_the_name_of_a_metric_cannot_be_taken_by_an_attribute() -> None:
    made = translate(a_request(a_gauge("g", {**AT, "asInt": 1, "attributes": pairs({"__name__": "x"})})))
    assert rows(made)[0][0] == {"__name__": "g"}


def test_a_histogram_counts_what_is_below_each_bound() -> None:
    point = {**AT, "count": 9, "sum": 12.5, "bucketCounts": [2, 0, 3, 4], "explicitBounds": [0.005, 1, 10], "min": 0, "max": 99}
    assert named(translate(a_request(a_histogram("took", point, unit="s")))) == {
        "took_seconds_bucket 0.005": 2,
        "took_seconds_bucket 1": 2,
        "took_seconds_bucket 10": 5,
        "took_seconds_bucket +Inf": 9,
        "took_seconds_count": 9,
        "took_seconds_sum": 12.5,
    }


def test_a_histogram_without_buckets_or_sum_has_its_count() -> None:
    assert named(translate(a_request(a_histogram("h", {**AT, "count": 4})))) == {"h_bucket +Inf": 4, "h_count": 4}


def test_bounds_are_written_without_an_exponent() -> None:
    point = {**AT, "count": 0, "bucketCounts": [0, 0, 0], "explicitBounds": [1e-7, 1e21]}
    made = named(translate(a_request(a_histogram("h", point))))
    assert list(made)[:2] == ["h_bucket 0.0000001", "h_bucket 1000000000000000000000"]


def test_an_exemplar_stays_with_the_lowest_bucket_that_holds_it() -> None:
    trace, span = bytes(range(16)), bytes(range(8))
    request = a_request(a_histogram("h", {**AT, "count": 3, "bucketCounts": [1, 1, 1], "explicitBounds": [1, 2]}))
    point = request.resource_metrics[0].scope_metrics[0].metrics[0].histogram.data_points[0]
    point.exemplars.add(time_unix_nano=7 * MS, as_double=2.0, trace_id=trace, span_id=span)
    point.exemplars.add(time_unix_nano=5 * MS, as_int=9, trace_id=trace)
    point.exemplars.add(as_double=0.5, span_id=span)
    point.exemplars.add(time_unix_nano=5 * MS, as_double=0.5)  # leads nowhere
    point.exemplars[1].filtered_attributes.add(key="user.id").value.string_value = "ada"
    ids = (("span_id", "0001020304050607"), ("trace_id", "000102030405060708090a0b0c0d0e0f"))
    assert [one.series.exemplars for one in translate(request).outgoing] == [
        (Exemplar(AT_MS, 0.5, ids[:1]),),
        (Exemplar(7, 2.0, ids),),
        (Exemplar(5, 9.0, (ids[1], ("user_id", "ada"))),),
        (),
    ]


def test_an_exemplar_with_more_text_than_prometheus_takes_keeps_its_ids() -> None:
    request = a_request(a_sum("s", {**AT, "asInt": 1}))
    point = request.resource_metrics[0].scope_metrics[0].metrics[0].sum.data_points[0]
    for size in (88, 89):  # trace_id and 32 characters are 40
        exemplar = point.exemplars.add(time_unix_nano=MS, as_int=1, trace_id=bytes(16))
        exemplar.filtered_attributes.add(key="k").value.string_value = "x" * (size - 1)
    told = [dict(exemplar.labels).get("k") for exemplar in translate(request).outgoing[0].series.exemplars]
    assert told == ["x" * 87, None]


def test_a_summary_has_a_series_for_each_quantile() -> None:
    quantiles = [{"quantile": 0.5, "value": 1.5}, {"quantile": 1, "value": 8}]
    point = {**AT, "count": 4, "sum": 12, "quantileValues": quantiles}
    made = translate(a_request({"name": "took", "unit": "ms", "summary": {"dataPoints": [point]}}))
    assert named(made) == {
        "took_milliseconds 0.5": 1.5,
        "took_milliseconds 1": 8,
        "took_milliseconds_count": 4,
        "took_milliseconds_sum": 12,
    }


def test_a_point_without_a_recorded_value_ends_all_its_series() -> None:
    gone = {**AT, "flags": 1}
    histogram = a_histogram("h", {**gone, "sum": 0, "bucketCounts": [0, 0], "explicitBounds": [1]})
    summary = {"name": "q", "summary": {"dataPoints": [{**gone, "quantileValues": [{"quantile": 0.5}]}]}}
    made = translate(a_request(a_gauge("g", gone), histogram, summary))
    assert named(made) == dict.fromkeys(
        ["g", "h_bucket 1", "h_bucket +Inf", "h_count", "h_sum", "q 0.5", "q_count", "q_sum"], None
    )


def test_nan_is_a_value() -> None:
    ((_, ((_, value),)),) = rows(translate(a_request(a_gauge("g", {**AT, "asDouble": "NaN"}))))
    assert value is not None
    assert math.isnan(value)


def test_points_of_one_series_are_sorted_by_time() -> None:
    points = [{"timeUnixNano": ms * MS, "asInt": ms} for ms in (30, 10, 20)]
    assert rows(translate(a_request(a_gauge("g", *points)))) == [({"__name__": "g"}, [(10, 10.0), (20, 20.0), (30, 30.0)])]


def test_the_same_point_twice_is_one_and_another_value_at_the_same_time_is_refused() -> None:
    points = [{**AT, "asInt": 1}, {**AT, "asInt": 1}, {**AT, "asInt": 2}]
    made = translate(a_request(a_gauge("g", *points)))
    assert rows(made) == [({"__name__": "g"}, [(AT_MS, 1.0)])]
    assert (made.points, made.refused.total()) == (2, 1)
    assert made.refused.text().startswith('cannot take a data point of "g": the same series has another value at the same time')


def test_a_histogram_that_contradicts_another_leaves_nothing_behind() -> None:
    def point(count: int) -> dict[str, Any]:
        return {**AT, "count": count, "bucketCounts": [count, 0], "explicitBounds": [count]}

    made = translate(a_request(a_histogram("h", point(1), point(2))))
    assert named(made) == {"h_bucket 1": 1, "h_bucket +Inf": 1, "h_count": 1}


def test_a_resource_is_job_and_instance_and_the_rest_of_it_is_target_info() -> None:
    resource = {"service.name": "cart", "service.namespace": "shop", "service.instance.id": "i-1", "host.name": "h", "n": 1}
    points = [{"timeUnixNano": ms * MS, "asInt": 1, "attributes": pairs({"job": "mine"})} for ms in (20, 10)]
    who = {"job": "shop/cart", "instance": "i-1"}
    assert rows(translate(a_request(a_gauge("g", *points), resource=resource))) == [
        ({"__name__": "g", **who}, [(10, 1.0), (20, 1.0)]),
        ({"__name__": "target_info", "host_name": "h", "n": "1", **who}, [(20, 1.0)]),
    ]


@pytest.mark.parametrize(
    ("resource", "who"),
    [
        ({"service.name": "cart"}, {"job": "cart"}),
        ({"service.instance.id": "i"}, {"instance": "i"}),
        ({"service.namespace": "shop"}, {}),
        ({"host.name": "h"}, {}),
    ],
)
def test_without_more_than_job_and_instance_or_without_both_there_is_no_target_info(
    resource: dict[str, str], who: dict[str, str]
) -> None:
    assert rows(translate(a_request(a_gauge("g", {**AT, "asInt": 1}), resource=resource))) == [
        ({"__name__": "g", **who}, [(AT_MS, 1.0)])
    ]


def test_a_resource_of_which_nothing_is_taken_has_no_target_info() -> None:
    resource = {"service.name": "cart", "host.name": "h"}
    assert not translate(a_request(a_sum("s", {**AT, "asInt": 1}, temporality=DELTA), resource=resource)).outgoing


def test_a_tenant_is_a_label_that_no_attribute_can_change() -> None:
    point = {**AT, "asInt": 1, "attributes": pairs({"tenant": "other"})}
    made = translate(a_request(a_gauge("g", point), resource={"service.name": "s", "tenant": "third"}), "acme")
    assert [labels["tenant"] for labels, _ in rows(made)] == ["acme", "acme"]


@pytest.mark.parametrize(
    ("metric", "reason"),
    [
        (a_sum("m", {**AT, "asInt": 1}, temporality=DELTA), "its temporality is delta"),
        (a_histogram("m", {**AT, "count": 1}, temporality=DELTA), "its temporality is delta"),
        (a_sum("m", {**AT, "asInt": 1}, temporality=0), "it does not say its temporality"),
        (
            {"name": "m", "exponentialHistogram": {"dataPoints": [{**AT, "count": 1}], "aggregationTemporality": CUMULATIVE}},
            "exponential histograms are not supported; set OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
        ),
        (a_gauge("m", {"asInt": 1}), "it has no time"),
        (a_gauge("m", AT), "it has no value"),
        (a_histogram("m", {**AT, "count": 1, "bucketCounts": [1], "explicitBounds": [1]}), "it has 1 buckets for 1 bounds"),
    ],
)
def test_what_prometheus_could_not_keep_is_refused_with_the_reason(metric: dict[str, Any], reason: str) -> None:
    made = translate(a_request(metric, a_gauge("well", {**AT, "asInt": 1})))
    assert made.refused.text().startswith(f'cannot take a data point of "m": {reason}')
    assert (made.refused.total(), made.points) == (1, 1)
    assert [labels["__name__"] for labels, _ in rows(made)] == ["well"]


def test_a_metric_without_a_name_or_without_points_is_no_series() -> None:
    made = translate(a_request(a_gauge("..", {**AT, "asInt": 1}), a_gauge("g"), {"name": "nothing"}))
    assert made.outgoing == ()
    assert made.refused.text() == 'cannot take a data point of "..": its name has no letter and no digit'


def test_one_sentence_tells_one_reason_for_all_metrics_that_share_it() -> None:
    sums = [a_sum(f"m{n}", {**AT, "asInt": 1}, {**AT, "asInt": 1}, temporality=DELTA) for n in range(7)]
    text = translate(a_request(*sums)).refused.text()
    assert text.startswith(
        'cannot take 14 data points of "m0", "m1", "m2", "m3", "m4", 2 more metrics: its temporality is delta'
    )


def test_each_series_knows_the_data_points_that_it_holds() -> None:
    made = translate(a_request(a_histogram("h", {**AT, "count": 1}), a_gauge("g", {**AT, "asInt": 1})))
    assert [(one.metric, one.points) for one in made.outgoing] == [("h", {0}), ("h", {0}), ("g", {1})]
    assert made.outgoing[2].series.samples == (Sample(AT_MS, 1.0),)
