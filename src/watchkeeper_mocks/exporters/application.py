"""The application's own metrics: requests, queries, caches, sign-ins, and its process."""

from watchkeeper_mocks.exposition import Page, latency
from watchkeeper_mocks.flows.application import CACHES, LOGIN_PATH, MEAN_OVER_MEDIAN, ROUTES, SPREAD
from watchkeeper_mocks.flows.flow import Flow
from watchkeeper_mocks.flows.requests import REQUESTS
from watchkeeper_mocks.flows.snapshot import Snapshot
from watchkeeper_mocks.flows.statements import SLOW_QUERY_FACTOR, STATEMENTS, runs

REQUEST_BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
QUERY_BOUNDS_S = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0)

_DURATIONS = {
    part.median_s: latency(REQUEST_BOUNDS_S, median_s=part.median_s, spread=SPREAD)
    for requests in REQUESTS
    for part in requests.parts
}
_QUERY_DURATIONS = {
    median_s: latency(QUERY_BOUNDS_S, median_s=median_s, spread=SPREAD)
    for statement in STATEMENTS
    for median_s in (statement.median_s, statement.median_s * SLOW_QUERY_FACTOR)
}
_LOGIN = next(route for route in ROUTES if route.path == LOGIN_PATH)


def write(page: Page, snapshot: Snapshot) -> None:
    """The page of `/exporters/application/metrics`."""
    _requests(page, snapshot)
    _database(page, snapshot)
    _caches(page, snapshot)
    _sign_ins(page, snapshot)
    _process(page, snapshot)


def _requests(page: Page, snapshot: Snapshot) -> None:
    page.histogram("http_request_duration_seconds", "Duration of HTTP requests in seconds.")
    for requests in REQUESTS:
        page.add_histogram(
            [(snapshot.total(part.flow) * part.share, _DURATIONS[part.median_s]) for part in requests.parts],
            method=requests.route.method,
            route=requests.route.path,
            status_code=str(requests.status),
        )
    page.counter("http_requests_total", "HTTP requests by organisation.")
    for position, organisation in enumerate(snapshot.organisations):
        for requests in REQUESTS:
            page.add_count(
                sum(snapshot.total_of(position, part.flow) * part.share for part in requests.parts),
                method=requests.route.method,
                route=requests.route.path,
                status_code=str(requests.status),
                organisation=organisation,
            )
    # Little's law: what arrives per second times how long it stays.
    waiting = sum(
        snapshot.rate(part.flow) * part.share * part.median_s * MEAN_OVER_MEDIAN
        for requests in REQUESTS
        for part in requests.parts
    )
    page.one_gauge("http_requests_in_flight", "HTTP requests being answered now.", round(waiting, 3))


def _database(page: Page, snapshot: Snapshot) -> None:
    page.histogram("db_query_duration_seconds", "Duration of database queries in seconds.")
    for statement in STATEMENTS:
        fast, slow = runs(snapshot, statement)
        page.add_histogram(
            (
                (fast, _QUERY_DURATIONS[statement.median_s]),
                (slow, _QUERY_DURATIONS[statement.median_s * SLOW_QUERY_FACTOR]),
            ),
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
