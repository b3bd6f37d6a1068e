"""The application's own metrics: requests, queries, caches, sign-ins, and its process."""

from watchkeeper_mocks.exposition import Latency, Page, latency
from watchkeeper_mocks.flows.application import (
    CACHES,
    CLIENT_ERROR_FACTOR,
    DECLINED_FACTOR,
    FAILED_FACTOR,
    LOGIN_PATH,
    OUTCOMES,
    REFUSED_MEDIAN_S,
    ROUTES,
    SLOW_FACTOR,
    SLOW_FLOOR_S,
    SLOW_QUERY_FACTOR,
    SPREAD,
    STATEMENTS,
    Route,
)
from watchkeeper_mocks.flows.flow import Flow
from watchkeeper_mocks.flows.snapshot import Snapshot

REQUEST_BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
QUERY_BOUNDS_S = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0)

Part = tuple[Flow, float, Latency]
"""A flow, its coefficient, and how long what it brings takes."""


def _slow_median_s(median_s: float) -> float:
    return max(SLOW_FLOOR_S, SLOW_FACTOR * median_s)


def _parts(route: Route) -> dict[int, tuple[Part, ...]]:
    """Per status code of a route, the flows that make up its requests."""
    outcomes = OUTCOMES[route.kind]
    fast = latency(REQUEST_BOUNDS_S, median_s=route.median_s, spread=SPREAD)
    slow = latency(REQUEST_BOUNDS_S, median_s=_slow_median_s(route.median_s), spread=SPREAD)
    quick = latency(REQUEST_BOUNDS_S, median_s=route.median_s * CLIENT_ERROR_FACTOR, spread=SPREAD)
    failed = latency(REQUEST_BOUNDS_S, median_s=route.median_s * FAILED_FACTOR, spread=SPREAD)
    refused = latency(REQUEST_BOUNDS_S, median_s=REFUSED_MEDIAN_S, spread=SPREAD)
    declined = latency(REQUEST_BOUNDS_S, median_s=route.median_s * DECLINED_FACTOR, spread=SPREAD)
    good = route.share * (1.0 - route.client_error_share)
    bad = route.share * route.client_error_share
    parts: dict[int, tuple[Part, ...]] = {route.ok_status: ((outcomes.fast, good, fast), (outcomes.slow, good, slow))}
    if bad:
        parts[route.client_error_status] = ((outcomes.fast, bad, quick), (outcomes.slow, bad, quick))
    if route.path == LOGIN_PATH:
        parts[route.client_error_status] = (*parts[route.client_error_status], (Flow.LOGIN_ATTACKS, 1.0, quick))
    parts[500] = ((outcomes.failed, route.share, failed),)
    if outcomes.refused is not None:
        parts[503] = ((outcomes.refused, route.share, refused),)
    if outcomes.declined is not None:
        parts[402] = ((outcomes.declined, good, declined),)
    return parts


REQUESTS = tuple((route, status, parts) for route in ROUTES for status, parts in _parts(route).items())
"""Every (route, status code) with the flows that make it up."""

_FAST_QUERIES = {
    statement.query_id: latency(QUERY_BOUNDS_S, median_s=statement.median_s, spread=SPREAD) for statement in STATEMENTS
}
_SLOW_QUERIES = {
    statement.query_id: latency(QUERY_BOUNDS_S, median_s=statement.median_s * SLOW_QUERY_FACTOR, spread=SPREAD)
    for statement in STATEMENTS
}
_LOGIN = next(route for route in ROUTES if route.path == LOGIN_PATH)


def write(page: Page, snapshot: Snapshot) -> None:
    """The page of `/exporters/application/metrics`."""
    _requests(page, snapshot)
    _database(page, snapshot)
    _caches(page, snapshot)
    _sign_ins(page, snapshot)
    _business(page, snapshot)
    _process(page, snapshot)


def _requests(page: Page, snapshot: Snapshot) -> None:
    page.histogram("http_request_duration_seconds", "Duration of HTTP requests in seconds.")
    for route, status, parts in REQUESTS:
        page.add_histogram(
            [(snapshot.total(flow) * share, taken) for flow, share, taken in parts],
            method=route.method,
            route=route.path,
            status_code=str(status),
        )
    page.counter("http_requests_total", "HTTP requests by organisation.")
    for position, organisation in enumerate(snapshot.organisations):
        for route, status, parts in REQUESTS:
            page.add_count(
                sum(snapshot.total_of(position, flow) * share for flow, share, _ in parts),
                method=route.method,
                route=route.path,
                status_code=str(status),
                organisation=organisation,
            )
    # Little's law: what arrives per second times how long it stays.
    waiting = sum(snapshot.rate(flow) * share * taken.mean_s for _, _, parts in REQUESTS for flow, share, taken in parts)
    page.one_gauge("http_requests_in_flight", "HTTP requests being answered now.", round(waiting, 3))


def _database(page: Page, snapshot: Snapshot) -> None:
    page.histogram("db_query_duration_seconds", "Duration of database queries in seconds.")
    for statement in STATEMENTS:
        fast = statement.per_arrival * snapshot.total(Flow.QUERIES_FAST)
        fast += statement.per_miss * snapshot.total(Flow.MISS_QUERIES_FAST)
        slow = statement.per_arrival * snapshot.total(Flow.QUERIES_SLOW)
        slow += statement.per_miss * snapshot.total(Flow.MISS_QUERIES_SLOW)
        page.add_histogram(
            ((fast, _FAST_QUERIES[statement.query_id]), (slow, _SLOW_QUERIES[statement.query_id])),
            operation=statement.operation,
            table=statement.table,
        )


def _caches(page: Page, snapshot: Snapshot) -> None:
    page.counter("cache_hits_total", "Cache look-ups that found what they wanted.")
    for name, look_ups in CACHES.items():
        page.add_count(look_ups * snapshot.total(Flow.CACHE_HITS), cache_name=name)
    page.counter("cache_misses_total", "Cache look-ups that did not.")
    for name, look_ups in CACHES.items():
        page.add_count(look_ups * snapshot.total(Flow.CACHE_MISSES), cache_name=name)


def _sign_ins(page: Page, snapshot: Snapshot) -> None:
    good = _LOGIN.share * (1.0 - _LOGIN.client_error_share)
    bad = _LOGIN.share * _LOGIN.client_error_share
    page.counter("auth_login_attempts_total", "Sign-in attempts by result.")
    for position, organisation in enumerate(snapshot.organisations):
        answered = snapshot.total_of(position, Flow.STORED_FAST) + snapshot.total_of(position, Flow.STORED_SLOW)
        attacks = snapshot.total_of(position, Flow.LOGIN_ATTACKS)
        page.add_count(good * answered, organisation=organisation, result="success")
        page.add_count(bad * answered + attacks, organisation=organisation, result="failure")


def _business(page: Page, snapshot: Snapshot) -> None:
    converting = snapshot.rate(Flow.CONVERSIONS) / max(snapshot.rate(Flow.VISITS), 1e-9)
    page.gauge("business_metric", "Business figures of the moment by name.")
    page.add(round(snapshot.rate(Flow.VISITS) * 180), metric_name="active_users")
    page.add(round(snapshot.rate(Flow.CONVERSIONS) * 0.05 * 60, 3), metric_name="orders_per_minute")
    page.add(round(converting * 0.05, 5), metric_name="conversion_ratio")
    page.add(round(snapshot.wobbled(84.0, share=0.08, phase_s=0.0), 2), metric_name="average_order_value_dollars")


def _process(page: Page, snapshot: Snapshot) -> None:
    busy = snapshot.busy
    started_s = snapshot.epoch_s
    page.counter("process_cpu_seconds_total", "Processor time of the application in seconds.")
    page.add(round(0.004 * snapshot.total(Flow.ARRIVALS), 3))
    page.one_gauge(
        "process_resident_memory_bytes",
        "Resident memory of the application in bytes.",
        round(snapshot.wobbled(180e6 + 40e6 * min(busy, 6.0), share=0.03, phase_s=700.0)),
    )
    page.one_gauge("process_open_fds", "Open file descriptors of the application.", round(60 + 40 * min(busy, 6.0)))
    page.one_gauge("process_max_fds", "Most file descriptors the application may open.", 65536)
    page.one_gauge("process_start_time_seconds", "When the application started, in Unix seconds.", started_s)
