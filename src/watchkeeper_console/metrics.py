"""The console's own metrics. No label ever holds a user, an address or a path that a client made up."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.process_collector import ProcessCollector

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """One registry with everything that ``/metrics`` tells."""

    def __init__(self) -> None:
        # A start time per series would double what is scraped.
        disable_created_metrics()  # type: ignore[no-untyped-call] # prometheus-client leaves it without types
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "watchkeeper_console_http_requests_total",
            "Requests answered.",
            ("route", "method", "code"),
            registry=self.registry,
        )
        self.request_seconds = Histogram(
            "watchkeeper_console_http_request_duration_seconds",
            "Time until a request was answered completely.",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.sign_ins = Counter(
            "watchkeeper_console_sign_ins_total",
            "Judged attempts to sign in, by form or API.",
            ("outcome",),
            registry=self.registry,
        )
        for outcome in ("accepted", "rejected", "too_soon"):
            self.sign_ins.labels(outcome)
        self.sessions = Gauge("watchkeeper_console_sessions", "Sessions that have not ended.", registry=self.registry)
        self.upstream_requests = Counter(
            "watchkeeper_console_upstream_requests_total",
            "Requests to the services behind the console.",
            ("upstream", "outcome"),
            registry=self.registry,
        )
        self.upstream_seconds = Histogram(
            "watchkeeper_console_upstream_request_duration_seconds",
            "Time until an upstream's answer began.",
            ("upstream",),
            buckets=_SECONDS,
            registry=self.registry,
        )
