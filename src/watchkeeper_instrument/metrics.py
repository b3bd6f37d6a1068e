"""The metrics that dashboards and alerts expect of an application, under their exact names, labels and buckets."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from watchkeeper_instrument.cardinality import LabelCap
from watchkeeper_instrument.settings import Settings
from watchkeeper_instrument.workers import WorkerProcesses

REQUEST_BUCKETS_S = (0.1, 0.3, 0.5, 0.7, 1.0, 3.0, 5.0, 7.0, 10.0)
QUERY_BUCKETS_S = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0)
MODEL_BUCKETS_S = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def is_multiprocess() -> bool:
    """Whether several worker processes share their metrics through files (see prometheus-client's multiprocess mode)."""
    return bool(os.environ.get("PROMETHEUS_MULTIPROC_DIR"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """One for each label whose values an outsider can choose."""

    route: LabelCap
    table: LabelCap
    operation: LabelCap
    cache: LabelCap
    business: LabelCap
    organisation: LabelCap
    model: LabelCap
    queue: LabelCap


class Metrics:
    """Everything an instrumented application measures. Names are the field's: durations in seconds, counters end in _total."""

    def __init__(self, settings: Settings, registry: CollectorRegistry | None = None) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # untyped upstream
        self.registry = registry or CollectorRegistry()
        most = settings.most_label_values
        self.caps = Caps(
            route=LabelCap(settings.most_routes),
            **{name: LabelCap(most) for name in Caps.__dataclass_fields__ if name != "route"},
        )
        self._web()
        self._stores()
        self._models()
        if is_multiprocess():
            self.registry.register(WorkerProcesses(os.environ["PROMETHEUS_MULTIPROC_DIR"]))
        else:
            ProcessCollector(registry=self.registry)
            PlatformCollector(registry=self.registry)
            GCCollector(registry=self.registry)
        info = self._gauge(
            "application_info", "Version and environment of the application.", ("service", "version", "environment")
        )
        info.labels(settings.service, settings.version, settings.environment).set(1)

    def _web(self) -> None:
        labels = ("method", "route", "status_code")
        self.request_duration = self._histogram(
            "http_request_duration_seconds", "Duration of HTTP requests in seconds.", labels, REQUEST_BUCKETS_S
        )
        self.requests = self._counter("http_requests_total", "HTTP requests by organisation.", (*labels, "organisation"))
        self.in_flight = self._gauge("http_requests_in_flight", "HTTP requests being answered now.", (), "livesum")
        self.sign_ins = self._counter("auth_login_attempts_total", "Sign-in attempts by result.", ("organisation", "result"))
        self.business = self._gauge(
            "business_metric", "Business figures of the moment by name.", ("metric_name",), "mostrecent"
        )
        self.check_up = self._gauge(
            "health_check_up", "Whether the dependency answered when it was last asked.", ("check", "critical"), "livemin"
        )
        self.check_duration = self._histogram(
            "health_check_duration_seconds", "Duration of dependency checks in seconds.", ("check",), QUERY_BUCKETS_S
        )

    def _stores(self) -> None:
        self.query_duration = self._histogram(
            "db_query_duration_seconds", "Duration of database queries in seconds.", ("operation", "table"), QUERY_BUCKETS_S
        )
        self.query_errors = self._counter("db_query_errors_total", "Database queries that failed.", ("operation", "table"))
        self.cache_hits = self._counter("cache_hits_total", "Cache look-ups that found what they wanted.", ("cache_name",))
        self.cache_misses = self._counter("cache_misses_total", "Cache look-ups that did not.", ("cache_name",))
        self.messages = self._counter(
            "messaging_messages_total", "Messages sent and handled.", ("system", "destination", "operation", "result")
        )
        self.message_duration = self._histogram(
            "messaging_process_duration_seconds",
            "Duration of handling a message in seconds.",
            ("system", "destination"),
            REQUEST_BUCKETS_S,
        )

    def _models(self) -> None:
        model = ("provider", "model")
        self.model_requests = self._counter(
            "ai_requests_total", "Calls to a model by how they ended.", (*model, "organisation", "status")
        )
        self.model_duration = self._histogram(
            "ai_request_duration_seconds", "Duration of calls to a model in seconds.", model, MODEL_BUCKETS_S
        )
        self.tokens = self._counter(
            "ai_tokens_total", "Tokens read and written by a model.", (*model, "organisation", "direction")
        )
        self.cost = self._counter("ai_cost_dollars_total", "What calls to a model cost in dollars.", (*model, "organisation"))

    def _counter(self, name: str, what: str, labels: tuple[str, ...]) -> Counter:
        return Counter(name, what, labels, registry=self._own())

    def _histogram(self, name: str, what: str, labels: tuple[str, ...], buckets: tuple[float, ...]) -> Histogram:
        return Histogram(name, what, labels, buckets=buckets, registry=self._own())

    def _gauge(self, name: str, what: str, labels: tuple[str, ...], together: str = "max") -> Gauge:
        """``together``: what becomes of it where several workers have it (a mode of prometheus-client)."""
        return Gauge(name, what, labels, registry=self._own(), multiprocess_mode=together)  # type: ignore[arg-type]  # one of its modes

    def _own(self) -> CollectorRegistry | None:
        # With several workers the files are read, not this process' objects: registering both would count twice.
        return None if is_multiprocess() else self.registry

    def gauge_of(self, name: str, what: str, read: Callable[[], float], labels: Mapping[str, str] | None = None) -> None:
        """A gauge of the application's own, read when it is scraped."""
        gauge = self._gauge(name, what, tuple(labels or ()))
        (gauge.labels(**labels) if labels else gauge).set_function(read)
