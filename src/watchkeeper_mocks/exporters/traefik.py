"""Traefik 3 in front of the application, with entry point and service metrics."""

from watchkeeper_mocks.exposition import Latency, Page, latency
from watchkeeper_mocks.flows.application import SPREAD
from watchkeeper_mocks.flows.requests import REQUESTS, Part
from watchkeeper_mocks.flows.snapshot import Snapshot

BOUNDS_S = (0.1, 0.3, 1.2, 5.0)
"""Traefik's default buckets."""
ENTRY_POINT = "websecure"
SERVICES = ("web@docker", "api@docker")
CERTIFICATE_DAYS = 90
_RENEWED_BEFORE_DAYS = 30
_DAY_S = 86400.0
_PLAIN = {"protocol": "http"}


def _service(path: str) -> str:
    return "api@docker" if path.startswith("/api/") else "web@docker"


Key = tuple[str, str, str]
"""Service, method, code."""


def _by_service() -> dict[Key, list[tuple[Part, Latency]]]:
    result: dict[Key, list[tuple[Part, Latency]]] = {}
    for requests in REQUESTS:
        key = (_service(requests.route.path), requests.route.method, str(requests.status))
        place = result.setdefault(key, [])
        place.extend((part, latency(BOUNDS_S, median_s=part.median_s, spread=SPREAD)) for part in requests.parts)
    return result


_BY_SERVICE = _by_service()


def write(page: Page, snapshot: Snapshot) -> None:
    """The page of `/exporters/traefik/metrics`."""
    counted = {
        key: [(snapshot.total(part.flow) * part.share, taken) for part, taken in parts] for key, parts in _BY_SERVICE.items()
    }
    _requests(page, counted)
    page.gauge("traefik_service_server_up", "Whether the server of a service answers.")
    for service in SERVICES:
        page.add(1, service=service, url=f"http://{service.partition('@')[0]}:8080")
    page.one_gauge(
        "traefik_open_connections",
        "Open connections.",
        round(4 + 9 * min(snapshot.busy, 6.0)),
        entrypoint=ENTRY_POINT,
        protocol="TCP",
    )
    page.one_counter("traefik_config_reloads_total", "Times the configuration was read.", 3)
    page.one_gauge("traefik_config_last_reload_success", "When it was last read well, in Unix seconds.", snapshot.epoch_s + 9)
    page.one_gauge(
        "traefik_tls_certs_not_after",
        "When the certificate ends, in Unix seconds.",
        certificate_ends_s(snapshot),
        cn="shop.example",
        sans="shop.example,www.shop.example",
        serial="4a1f09c3b2d85e67",
    )


def _requests(page: Page, counted: dict[Key, list[tuple[float, Latency]]]) -> None:
    at_entry: dict[tuple[str, str], float] = {}
    for (_, method, code), parts in counted.items():
        at_entry[method, code] = at_entry.get((method, code), 0.0) + sum(count for count, _ in parts)
    page.counter("traefik_entrypoint_requests_total", "Requests at the entry point.")
    for (method, code), count in at_entry.items():
        page.add_count(count, code=code, method=method, **_PLAIN, entrypoint=ENTRY_POINT)
    page.counter("traefik_service_requests_total", "Requests to a service.")
    for (service, method, code), parts in counted.items():
        page.add_count(sum(count for count, _ in parts), code=code, method=method, **_PLAIN, service=service)
    page.histogram("traefik_service_request_duration_seconds", "Duration of requests to a service.")
    for (service, method, code), parts in counted.items():
        page.add_histogram(parts, code=code, method=method, **_PLAIN, service=service)


def certificate_ends_s(snapshot: Snapshot) -> float:
    """Renewed each 60 days, 30 days before its end; an expiring one was forgotten and ends in 5 days."""
    renewed_each_s = (CERTIFICATE_DAYS - _RENEWED_BEFORE_DAYS) * _DAY_S
    issued_s = snapshot.epoch_s + snapshot.age_s // renewed_each_s * renewed_each_s
    ends_s = issued_s + CERTIFICATE_DAYS * _DAY_S
    if snapshot.conditions.certificate_expiring > 0:
        return min(ends_s, (snapshot.at_s // _DAY_S + 5) * _DAY_S)
    return ends_s
