"""What an application tells beyond its requests: queries, caches, messages, models, figures, and the lines it logs."""

from __future__ import annotations

import json
import subprocess
import sys
from textwrap import dedent

import pytest
from opentelemetry import trace
from opentelemetry.trace import SpanKind
from tests.unit.watchkeeper_instrument.bench import a_bench

from watchkeeper_instrument import CannotInstrument, carried
from watchkeeper_instrument.settings import read_settings


def test_a_query_is_measured_by_operation_and_table_also_when_it_fails() -> None:
    bench = a_bench()
    with bench.watch.query("SELECT", "orders"):
        pass
    with pytest.raises(ConnectionError), bench.watch.query("select", "orders"):
        raise ConnectionError
    assert bench.value("db_query_duration_seconds_count", operation="select", table="orders") == 2
    assert bench.value("db_query_errors_total", operation="select", table="orders") == 1
    page = {sample.labels.get("le") for metric in bench.watch.metrics.registry.collect() for sample in metric.samples
            if sample.name == "db_query_duration_seconds_bucket"}  # fmt: skip
    assert page == {"0.001", "0.005", "0.01", "0.05", "0.1", "0.5", "1.0", "+Inf"}
    assert [span.kind for span in bench.spans()] == [SpanKind.CLIENT, SpanKind.CLIENT]
    assert [span.status.is_ok for span in bench.spans()] == [True, False]


def test_caches_figures_and_sign_ins_have_the_names_that_dashboards_expect() -> None:
    bench = a_bench()
    for hit in (True, True, False):
        bench.watch.cache("prices", hit=hit)
    bench.watch.business("orders_per_minute", 12.5)
    bench.watch.sign_in(succeeded=False, organisation="acme")
    assert bench.value("cache_hits_total", cache_name="prices") == 2
    assert bench.value("cache_misses_total", cache_name="prices") == 1
    assert bench.value("business_metric", metric_name="orders_per_minute") == 12.5
    assert bench.value("auth_login_attempts_total", organisation="acme", result="failure") == 1


def test_both_outcomes_are_counted_from_the_first_on_so_that_ratios_have_their_zero() -> None:
    bench = a_bench()
    bench.watch.cache("prices", hit=True)
    bench.watch.sign_in(succeeded=True, organisation="acme")
    assert bench.value("cache_misses_total", cache_name="prices") == 0
    assert bench.value("auth_login_attempts_total", organisation="acme", result="failure") == 0


@pytest.mark.parametrize("as_bytes", [False, True])
def test_a_message_carries_the_trace_to_whoever_handles_it(as_bytes: bool) -> None:
    bench = a_bench()
    with bench.watch.span("checkout"), bench.watch.sending("kafka", "orders") as headers:
        pass
    travelled = [(name, value.encode() if as_bytes else value) for name, value in headers.items()]
    with bench.watch.handling("kafka", "orders", travelled):
        pass
    sent, checkout, handled = bench.spans()
    assert len({span.context.trace_id for span in (sent, checkout, handled) if span.context}) == 1
    assert sent.context is not None
    assert handled.parent is not None
    assert handled.parent.span_id == sent.context.span_id
    assert (sent.kind, handled.kind) == (SpanKind.PRODUCER, SpanKind.CONSUMER)
    labels = {"system": "kafka", "destination": "orders", "result": "success"}
    assert bench.value("messaging_messages_total", operation="send", **labels) == 1
    assert bench.value("messaging_messages_total", operation="process", **labels) == 1


def test_a_message_without_headers_begins_a_trace() -> None:
    assert not trace.get_current_span(carried(None)).get_span_context().is_valid


def test_the_cost_of_a_model_is_told_or_computed_from_its_price() -> None:
    bench = a_bench()
    bench.watch.models.price("acme", "large", read_dollars=2.0, written_dollars=10.0)
    with bench.watch.models.call("acme", "large", organisation="shop") as call:
        call.used(tokens_in=1_000_000, tokens_out=100_000)
    with bench.watch.models.call("acme", "large", organisation="shop") as call:
        call.used(tokens_in=10, tokens_out=1, cost_dollars=0.5)
    with pytest.raises(TimeoutError), bench.watch.models.call("acme", "large", organisation="shop"):
        raise TimeoutError
    labels = {"provider": "acme", "model": "large", "organisation": "shop"}
    # 1 M read at 2 dollars, 0.1 M written at 10 dollars a million: 3; and the half dollar that was told.
    assert bench.value("ai_cost_dollars_total", **labels) == 3.5
    assert bench.value("ai_tokens_total", direction="input", **labels) == 1_000_010
    assert bench.value("ai_requests_total", status="success", **labels) == 2
    assert bench.value("ai_requests_total", status="error", **labels) == 1


def test_the_environment_is_read_and_what_stands_in_code_wins() -> None:
    found = read_settings(
        {"version": "2"}, {"OTEL_SERVICE_NAME": "orders", "APP_VERSION": "1", "OTEL_TRACES_SAMPLER_ARG": "0.25"}
    )
    assert (found.service, found.version, found.traces_ratio) == ("orders", "2", 0.25)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "cannot tell the service's name"),
        ({"service": "a", "traces_ratio": 2}, "cannot trace a share of 2"),
        ({"service": "a", "traces_ratio": "many"}, "cannot trace a share of 'many'"),
        ({"service": "a", "log_level": "loud"}, "cannot log at level 'loud'"),
        ({"service": "a", "log_format": "xml"}, "cannot log in format 'xml'"),
        ({"service": "a", "colour": "red"}, "cannot use the setting colour"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_with_words(given: dict[str, object], message: str) -> None:
    with pytest.raises(CannotInstrument, match=message):
        read_settings(given, {})


def test_log_lines_are_json_with_the_ids_of_the_trace() -> None:
    program = dedent("""
        import logging
        from watchkeeper_instrument import instrument
        watch = instrument(service="orders", log_level="info")
        with watch.span("checkout"):
            watch.log(order=17).info("order accepted", price=3.5)
            logging.getLogger("library").warning("slow %s", "disk")
        watch.log().debug("not wanted")
        try:
            1 / 0
        except ZeroDivisionError:
            watch.log().exception("cannot divide")
    """)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    inside, foreign, failed = (json.loads(line) for line in done.stdout.splitlines())
    assert (inside["level"], inside["msg"], inside["order"], inside["price"]) == ("info", "order accepted", 17, 3.5)
    assert inside["service"] == foreign["service"] == "orders"
    assert inside["trace_id"] == foreign["trace_id"]
    assert len(inside["trace_id"]) == 32
    assert len(inside["span_id"]) == 16
    assert (foreign["level"], foreign["msg"]) == ("warning", "slow disk")
    assert "ZeroDivisionError" in failed["exception"]
    assert "trace_id" not in failed
