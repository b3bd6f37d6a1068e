"""Metrics made of spans, counted by hand from the shop."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client.openmetrics.parser import text_string_to_metric_families
from tests.unit.watchkeeper_store.traces.shop import SHOP, A, in_memory, trace_id

from watchkeeper_store.traces import red
from watchkeeper_store.traces.red import SpanMetrics


def observe(metrics: SpanMetrics, spans: Sequence[A]) -> None:
    table = in_memory(spans)
    metrics.observe(table.columns, table.dictionary, [trace_id(one.trace) for one in spans])


def samples(metrics: SpanMetrics, name: str) -> dict[tuple[str, ...], float]:
    """Label values → value, read back by an OpenMetrics parser."""
    families = text_string_to_metric_families(metrics.exposition().decode())
    return {tuple(one.labels.values()): one.value for family in families for one in family.samples if one.name == name}


def test_every_span_is_counted_by_operation_and_measured() -> None:
    metrics = SpanMetrics()
    observe(metrics, SHOP)
    calls = samples(metrics, "traces_spanmetrics_calls_total")
    assert sum(calls.values()) == 7
    assert calls["shop", "POST /orders", "SPAN_KIND_SERVER", "STATUS_CODE_ERROR"] == 1
    assert samples(metrics, "traces_spanmetrics_latency_sum")["web", "GET /", "SPAN_KIND_SERVER", "STATUS_CODE_UNSET"] == 0.02
    buckets = samples(metrics, "traces_spanmetrics_latency_bucket")
    web = ("web", "GET /", "SPAN_KIND_SERVER", "STATUS_CODE_UNSET")
    # 20 ms lie between 16 and 32
    assert (buckets[*web, "0.016"], buckets[*web, "0.032"], buckets[*web, "+Inf"]) == (0, 1, 1)


def test_an_exemplar_leads_to_the_trace() -> None:
    metrics = SpanMetrics()
    observe(metrics, SHOP)
    found = [
        one.exemplar
        for family in text_string_to_metric_families(metrics.exposition().decode())
        for one in family.samples
        if one.exemplar is not None and one.labels["span_name"] == "GET /"
    ]
    assert [(one.labels, one.value) for one in found] == [({"trace_id": trace_id(2).hex()}, 0.02)]


def test_a_call_is_counted_once_whichever_side_arrives_first_or_both_at_once() -> None:
    client, server = SHOP[1], SHOP[2]
    for parts in ([[client, server]], [[client], [server]], [[server], [client]]):
        metrics = SpanMetrics()
        for part in parts:
            observe(metrics, part)
        assert samples(metrics, "traces_service_graph_request_total") == {("web", "shop", ""): 1}
        assert samples(metrics, "traces_service_graph_request_failed_total") == {("web", "shop", ""): 1}
        assert samples(metrics, "traces_service_graph_request_client_seconds_sum") == {("web", "shop", ""): 0.28}
        assert samples(metrics, "traces_service_graph_request_server_seconds_sum") == {("web", "shop", ""): 0.26}


def test_a_side_without_its_other_is_given_up_after_a_while() -> None:
    now = [0.0]
    metrics = SpanMetrics(clock=lambda: now[0])
    observe(metrics, [SHOP[1]])
    now[0] = 60.0
    observe(metrics, [A(trace=9, span=9)])
    observe(metrics, [SHOP[2]])
    assert samples(metrics, "traces_service_graph_request_total") == {}
    assert metrics.unpaired == 1


def test_a_message_is_a_call_of_its_own_kind() -> None:
    metrics = SpanMetrics()
    observe(metrics, [A(trace=1, span=1, kind=4, service="web"), A(trace=1, span=2, parent=1, kind=5, service="worker")])
    assert samples(metrics, "traces_service_graph_request_total") == {("web", "worker", "messaging_system"): 1}


def test_series_are_bounded_and_what_is_left_out_is_told() -> None:
    metrics = SpanMetrics()
    observe(metrics, [A(trace=1, span=number, name=f"path {number}") for number in range(1, red.MOST_SERIES + 11)])
    assert len(samples(metrics, "traces_spanmetrics_calls_total")) == red.MOST_SERIES
    assert metrics.left_out == 10
