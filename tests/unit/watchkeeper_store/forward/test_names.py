"""Names of metrics, worked out by the rules of Prometheus' OTLP receiver."""

from __future__ import annotations

import pytest

from watchkeeper_store.forward.names import Kind, metric_name


@pytest.mark.parametrize(
    ("name", "unit", "kind", "expected"),
    [
        ("http.server.request.duration", "s", "other", "http_server_request_duration_seconds"),
        ("system.memory.usage", "By", "other", "system_memory_usage_bytes"),
        ("orders", "{order}", "counter", "orders_total"),
        ("orders", "", "counter", "orders_total"),
        ("orders", "1", "counter", "orders_total"),
        ("cache.hit", "1", "gauge", "cache_hit_ratio"),
        ("cache.hit", "1", "other", "cache_hit"),
        ("disk.full", "%", "gauge", "disk_full_percent"),
        ("temperature", "Cel", "gauge", "temperature_celsius"),
        ("network.io", "By/s", "gauge", "network_io_bytes_per_second"),
        ("jobs.done", "{job}/min", "gauge", "jobs_done_per_min"),
        ("jobs.done", "1/m", "gauge", "jobs_done_per_minute"),
        ("speed", "m/s", "gauge", "speed_meters_per_second"),
        ("wait", "ms", "other", "wait_milliseconds"),
        ("odd", "fortnight", "gauge", "odd_fortnight"),
        ("odd", "a b", "gauge", "odd_a_b"),
        ("odd", "m^2", "gauge", "odd_m_2"),
    ],
)
def test_units_become_words_at_the_end(name: str, unit: str, kind: Kind, expected: str) -> None:
    assert metric_name(name, unit, kind) == expected


@pytest.mark.parametrize(
    ("name", "unit", "kind", "expected"),
    [
        ("request_seconds", "s", "other", "request_seconds"),
        ("request_seconds_max", "s", "other", "request_seconds_max"),
        ("orders_total", "", "counter", "orders_total"),
        ("total.orders", "", "counter", "orders_total"),
        ("orders_total", "", "other", "orders_total"),
        ("hit.ratio.cache", "1", "gauge", "hit_cache_ratio"),
        ("bytes.read", "By", "counter", "bytes_read_total"),
    ],
)
def test_a_word_that_is_there_already_is_not_said_twice(name: str, unit: str, kind: Kind, expected: str) -> None:
    assert metric_name(name, unit, kind) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.b-c/d", "a_b_c_d"),
        ("__a..b__", "a_b"),
        ("job:rate", "job:rate"),
        ("2xx", "_2xx"),
        ("größe", "gr_e"),
        ("...", ""),
        ("", ""),
    ],
)
def test_what_prometheus_does_not_allow_becomes_one_underscore(name: str, expected: str) -> None:
    assert metric_name(name, "", "gauge") == expected
