"""Answers of the trace store, of Prometheus and of the example, read as they come over the wire."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from watchkeeper.observe.answer import Asker, Exchange, NoAnswer
from watchkeeper.observe.network_monitor import NetworkMonitor, health_of
from watchkeeper.observe.prometheus import Exemplar, Prometheus
from watchkeeper.observe.tempo import FoundSpan, Tempo
from watchkeeper.workload.workload import SecretValue


def answering(*answers: httpx.Response, seen: list[httpx.Request] | None = None, kept: list[Exchange] | None = None) -> Asker:
    """Asks a server that gives these answers, one after the other."""
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        return left.pop(0)

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return Asker(client, kept.append if kept is not None else lambda exchange: None)


def span(name: str, **attributes: str) -> dict[str, Any]:
    return {
        "name": name,
        "attributes": [{"key": key.replace("_", "."), "value": {"stringValue": value}} for key, value in attributes.items()],
    }


def of_service(name: str, *spans: dict[str, Any]) -> dict[str, Any]:
    return {"resource": span("", service_name=name), "scopeSpans": [{"spans": list(spans)}]}


async def test_spans_are_told_with_their_service_and_the_systems_that_they_asked() -> None:
    body = {
        "trace": {
            "resourceSpans": [
                of_service(
                    "web", span("GET /"), span("select orders", db_system_name="postgresql", db_operation_name="select")
                ),
                of_service("worker", span("process jobs", messaging_system="rabbitmq")),
            ]
        }
    }
    tempo = Tempo("http://traces", "http://traces", answering(*[httpx.Response(200, json=body)] * 2))
    assert await tempo.spans_of("ab") == (
        FoundSpan(service="web", name="GET /", systems=frozenset()),
        FoundSpan(service="web", name="select orders", systems=frozenset({"postgresql"})),
        FoundSpan(service="worker", name="process jobs", systems=frozenset({"rabbitmq"})),
    )
    assert await tempo.services_of("ab") == ("web", "worker")


async def test_a_trace_that_is_not_there_has_no_spans() -> None:
    assert await Tempo("http://traces", "http://traces", answering(httpx.Response(404))).spans_of("ab") == ()


@pytest.mark.parametrize(
    "body", [{}, {"trace": {}}, {"trace": {"resourceSpans": [{"resource": span("", service_name="web")}]}}, []]
)
async def test_an_answer_of_another_shape_is_no_answer(body: Any) -> None:
    with pytest.raises(NoAnswer, match="cannot use the answer"):
        await Tempo("http://traces", "http://traces", answering(httpx.Response(200, json=body))).spans_of("ab")


async def test_exemplars_of_all_series_come_oldest_first() -> None:
    series = [
        {"seriesLabels": {"le": "1"}, "exemplars": [{"labels": {"trace_id": "b"}, "value": "0.4", "timestamp": 20.5}]},
        {"seriesLabels": {"le": "5"}, "exemplars": [{"labels": {"trace_id": "a"}, "value": "3", "timestamp": 10.0}]},
    ]
    asker = answering(httpx.Response(200, json={"status": "success", "data": series}))
    assert await Prometheus("http://metrics", asker).exemplars("x", start_s=0, end_s=30) == (
        Exemplar(labels={"trace_id": "a"}, at_s=10.0, value=3.0),
        Exemplar(labels={"trace_id": "b"}, at_s=20.5, value=0.4),
    )


async def test_a_check_is_asked_for_in_a_session_and_in_a_trace_and_no_token_is_kept() -> None:
    seen: list[httpx.Request] = []
    kept: list[Exchange] = []
    asker = answering(
        httpx.Response(201, json={"token": "the-token"}),
        httpx.Response(202, json={"id": "c", "reachable": None}),
        seen=seen,
        kept=kept,
    )
    asked = await NetworkMonitor("http://api", asker, SecretValue("the-key")).ask(trace_id="a" * 32, span_id="b" * 16)
    assert (asked.check, asked.done) == ("c", False)
    assert seen[1].headers["Authorization"] == "Bearer the-token"
    assert seen[1].headers["traceparent"] == f"00-{'a' * 32}-{'b' * 16}-01"
    assert not [exchange for exchange in kept if "the-token" in exchange.body or "the-key" in exchange.body]
    assert kept[0].status == 201


async def test_hits_are_read_from_the_metrics_and_are_none_before_the_first() -> None:
    text = 'cache_hits_total{cache_name="other"} 9.0\ncache_hits_total{cache_name="report"} 12.0\n'
    api = NetworkMonitor(
        "http://api", answering(httpx.Response(200, text=text), httpx.Response(200, text="")), SecretValue("the-key")
    )
    assert await api.report_hits() == 12.0
    assert await api.report_hits() == 0.0


async def test_an_unhealthy_page_tells_what_is_critical() -> None:
    body = {
        "checks": {"database": "error", "mail": "ok"},
        "details": {"database": {"critical": True}, "mail": {"critical": False}},
    }
    told = await health_of("http://api", answering(httpx.Response(503, json=body)))
    assert (told.status, told.checks["database"], told.critical) == (503, "error", frozenset({"database"}))


@pytest.mark.parametrize("answer", [httpx.Response(200, json={}), httpx.Response(500), httpx.Response(200, text="well")])
async def test_a_health_page_that_tells_nothing_is_no_answer(answer: httpx.Response) -> None:
    with pytest.raises(NoAnswer):
        await health_of("http://api", answering(answer))
