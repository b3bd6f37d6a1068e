"""Metrics made from spans, under the names that Tempo's metrics generator uses."""

from watchkeeper_mocks.exposition import Latency, Page, latency
from watchkeeper_mocks.flows.application import SPREAD
from watchkeeper_mocks.flows.requests import REQUESTS, Part
from watchkeeper_mocks.flows.snapshot import Snapshot

BOUNDS_S = (0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096, 8.192, 16.384)
SERVICES = {"/": "web", "/api/payments": "payment"}
"""Path → the service that answers; the others are answered by the api."""


def _service(path: str) -> str:
    return SERVICES.get(path, "api")


Key = tuple[str, str, str]
"""Service, span name, status."""
Counted = dict[Key, list[tuple[float, Latency]]]


def _spans() -> dict[Key, list[tuple[Part, Latency]]]:
    result: dict[Key, list[tuple[Part, Latency]]] = {}
    for requests in REQUESTS:
        route = requests.route
        code = "STATUS_CODE_ERROR" if requests.status >= 500 else "STATUS_CODE_UNSET"
        place = result.setdefault((_service(route.path), f"{route.method} {route.path}", code), [])
        place.extend((part, latency(BOUNDS_S, median_s=part.median_s, spread=SPREAD)) for part in requests.parts)
    return result


_SPANS = _spans()


def write(page: Page, snapshot: Snapshot) -> None:
    """The page of `/exporters/traces/metrics`."""
    counted: Counted = {
        key: [(snapshot.total(part.flow) * part.share, taken) for part, taken in parts] for key, parts in _SPANS.items()
    }
    page.counter("traces_spanmetrics_calls_total", "Spans.")
    for (service, name, code), parts in counted.items():
        count = sum(part for part, _ in parts)
        page.add_count(count, service=service, span_name=name, span_kind="SPAN_KIND_SERVER", status_code=code)
    page.histogram("traces_spanmetrics_latency", "Duration of spans in seconds.")
    for (service, name, code), parts in counted.items():
        page.add_histogram(parts, service=service, span_name=name, span_kind="SPAN_KIND_SERVER", status_code=code)
    _graph(page, counted)


def _graph(page: Page, counted: Counted) -> None:
    edges: dict[str, list[tuple[float, Latency]]] = {}
    failed: dict[str, float] = {}
    for (service, _, code), parts in counted.items():
        edges.setdefault(service, []).extend(parts)
        if code == "STATUS_CODE_ERROR":
            failed[service] = failed.get(service, 0.0) + sum(part for part, _ in parts)
    callers = {"web": "user", "api": "web", "payment": "api"}
    labels = {server: {"client": callers[server], "server": server, "connection_type": ""} for server in edges}
    page.counter("traces_service_graph_request_total", "Requests from a service to another.")
    for server, parts in edges.items():
        page.add_count(sum(part for part, _ in parts), **labels[server])
    page.counter("traces_service_graph_request_failed_total", "Those that failed.")
    for server in edges:
        page.add_count(failed.get(server, 0.0), **labels[server])
    for side in ("server", "client"):
        page.histogram(f"traces_service_graph_request_{side}_seconds", f"Duration as the {side} sees it.")
        for server, parts in edges.items():
            page.add_histogram(parts, **labels[server])
