"""``instrument``: one call that makes an application tell what it does."""

from __future__ import annotations

import inspect
import time
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any

import structlog
from opentelemetry import context as otel_context
from opentelemetry import propagate, trace
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.sdk.trace.export import SpanExporter
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from prometheus_client import CollectorRegistry

from watchkeeper_instrument.asgi import AsgiWatch
from watchkeeper_instrument.failure import CannotInstrument
from watchkeeper_instrument.health import Check, Health
from watchkeeper_instrument.logs import configure_logs, take_over_from_litestar
from watchkeeper_instrument.metrics import Metrics
from watchkeeper_instrument.models import ModelCalls
from watchkeeper_instrument.settings import Settings, read_settings
from watchkeeper_instrument.tracing import SCOPE, carried, carry, make_provider
from watchkeeper_instrument.watching import OrganisationOf, Watching
from watchkeeper_instrument.wsgi import WsgiWatch


class Instrument:
    """What an application uses to tell more about itself than its requests tell."""

    def __init__(
        self, settings: Settings, *, registry: CollectorRegistry | None = None, exporter: SpanExporter | None = None
    ) -> None:
        self.settings = settings
        self.metrics = Metrics(settings, registry)
        self.health = Health(settings, self.metrics)
        self.provider = make_provider(settings, exporter)
        self.tracer = self.provider.get_tracer(SCOPE)
        self.models = ModelCalls(self.metrics, self.tracer)

    def watching(self, organisation: OrganisationOf | None = None) -> Watching:
        """The parts, for what stands before an application."""
        return Watching(
            settings=self.settings,
            metrics=self.metrics,
            health=self.health,
            tracer=self.tracer,
            organisation=organisation,
        )

    def check(self, name: str, check: Check, *, critical: bool = True, timeout_s: float | None = None) -> None:
        """Ask ``check`` for ``/api/health``: it passes by returning (not False) within ``timeout_s``; it may be ``async``.

        A critical check that fails makes the answer 503. Raises CannotInstrument for a name used twice.
        """
        self.health.add(name, check, critical=critical, timeout_s=timeout_s)

    def log(self, **fields: object) -> structlog.stdlib.BoundLogger:
        """A logger whose lines carry the service, the trace and the correlation id, and ``fields``."""
        logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(self.settings.service)
        return logger.bind(**fields)

    @contextmanager
    def span(self, name: str, **attributes: str | float | bool) -> Iterator[trace.Span]:
        """A step inside the current trace; an exception marks it as failed and goes on."""
        with self.tracer.start_as_current_span(name, attributes=attributes) as span:
            yield span

    @contextmanager
    def query(self, operation: str, table: str, *, system: str = "postgresql") -> Iterator[None]:
        """Around one database query: ``with watch.query("select", "orders"): …``."""
        caps = self.metrics.caps
        labels = (caps.operation.admit(operation.lower()), caps.table.admit(table))
        attributes = {"db.system.name": system, "db.operation.name": labels[0], "db.collection.name": labels[1]}
        started_s = time.perf_counter()
        with self.tracer.start_as_current_span(f"{labels[0]} {labels[1]}", kind=SpanKind.CLIENT, attributes=attributes):
            try:
                yield
            except BaseException:
                self.metrics.query_errors.labels(*labels).inc()
                raise
            finally:
                self.metrics.query_duration.labels(*labels).observe(time.perf_counter() - started_s)

    def cache(self, name: str, *, hit: bool) -> None:
        """Count one look-up in the cache ``name``."""
        label = self.metrics.caps.cache.admit(name)
        # both from the first look-up on: a ratio needs the zero as well
        hits, misses = self.metrics.cache_hits.labels(label), self.metrics.cache_misses.labels(label)
        (hits if hit else misses).inc()

    def business(self, name: str, value: float) -> None:
        """A business figure of the moment (``business_metric{metric_name=…}``)."""
        self.metrics.business.labels(self.metrics.caps.business.admit(name)).set(value)

    def sign_in(self, *, succeeded: bool, organisation: str = "") -> None:
        """Count one attempt to sign in."""
        who = self.metrics.caps.organisation.admit(organisation)
        # both from the first attempt on: a ratio needs the zero as well
        good, bad = (self.metrics.sign_ins.labels(who, result) for result in ("success", "failure"))
        (good if succeeded else bad).inc()

    @contextmanager
    def sending(self, system: str, destination: str) -> Iterator[MutableMapping[str, str]]:
        """Around sending a message (``kafka``, ``rabbitmq``): gives the headers that carry the trace."""
        with self._message(system, destination, "send", SpanKind.PRODUCER, None):
            yield carry()

    @contextmanager
    def handling(self, system: str, destination: str, headers: Mapping[str, object] | Any = None) -> Iterator[trace.Span]:
        """Around handling a message: goes on with the trace that its headers carry, bytes (Kafka) or text (AMQP)."""
        started_s = time.perf_counter()
        try:
            with self._message(system, destination, "process", SpanKind.CONSUMER, carried(headers)) as span:
                ids = f"{span.get_span_context().trace_id:032x}"
                with structlog.contextvars.bound_contextvars(correlation_id=ids):
                    yield span
        finally:
            where = self.metrics.caps.queue.admit(destination)
            self.metrics.message_duration.labels(system, where).observe(time.perf_counter() - started_s)

    @contextmanager
    def _message(
        self, system: str, destination: str, operation: str, kind: SpanKind, context: otel_context.Context | None
    ) -> Iterator[trace.Span]:
        where = self.metrics.caps.queue.admit(destination)
        attributes = {
            "messaging.system": system,
            "messaging.destination.name": destination,
            "messaging.operation.type": operation,
        }
        result = "success"
        try:
            with self.tracer.start_as_current_span(f"{operation} {where}", context, kind, attributes) as span:
                yield span
        except BaseException:
            result = "failure"
            raise
        finally:
            self.metrics.messages.labels(system, where, operation, result).inc()

    @contextmanager
    def calling(self, peer: str, method: str = "GET") -> Iterator[MutableMapping[str, str]]:
        """Around a request to another service: gives the headers that carry the trace."""
        attributes = {"http.request.method": method, "server.address": peer, "peer.service": peer}
        with self.tracer.start_as_current_span(f"{method} {peer}", kind=SpanKind.CLIENT, attributes=attributes) as span:
            try:
                yield carry()
            except Exception as failure:
                span.set_status(Status(StatusCode.ERROR, type(failure).__name__))
                raise

    def close(self) -> None:
        """Send what is not sent yet; called by itself at the end of the program."""
        self.provider.shutdown()


def instrument(
    app: Any = None,
    *,
    service: str | None = None,
    organisation: OrganisationOf | None = None,
    registry: CollectorRegistry | None = None,
    exporter: SpanExporter | None = None,
    **settings: object,
) -> Instrument:
    """Instrument an application in place and give back what it tells more with.

    ``app``: FastAPI, Starlette, Flask, or None for a script and where ``asgi``/``wsgi`` wraps another application.
    ``organisation``: tells from a scope or environ for whom a request is; counted in ``http_requests_total``.
    ``settings``: those of ``Settings``; what is not given comes from the environment. Raises CannotInstrument.
    """
    watch = Instrument(read_settings({"service": service, **settings}), registry=registry, exporter=exporter)
    configure_logs(watch.settings)
    propagate.set_global_textmap(CompositePropagator([TraceContextTextMapPropagator(), W3CBaggagePropagator()]))
    trace.set_tracer_provider(watch.provider)
    if app is not None:
        put_in_front(app, watch, organisation)
    return watch


def asgi(app: Any, watch: Instrument, organisation: OrganisationOf | None = None) -> AsgiWatch:
    """``app`` behind the watch, for servers: ``app = asgi(app, watch)``."""
    return AsgiWatch(app, watch.watching(organisation))


def wsgi(app: Any, watch: Instrument, organisation: OrganisationOf | None = None) -> WsgiWatch:
    """``app`` behind the watch, for servers: ``application = wsgi(application, watch)``."""
    return WsgiWatch(app, watch.watching(organisation))


def put_in_front(app: Any, watch: Instrument, organisation: OrganisationOf | None = None) -> None:
    """Make an application of a known framework go through the watch. Raises CannotInstrument for any other."""
    if hasattr(app, "wsgi_app"):  # Flask
        app.wsgi_app = wsgi(app.wsgi_app, watch, organisation)
    elif hasattr(app, "add_middleware"):  # FastAPI, Starlette
        # Outermost, so that what the application's own middleware does is measured as well.
        app.user_middleware.insert(0, _starlette_middleware(watch, organisation))
    elif hasattr(app, "asgi_handler"):  # Litestar
        app.asgi_handler = asgi(app.asgi_handler, watch, organisation)
        take_over_from_litestar()
    else:
        called = app if inspect.isroutine(app) else type(app).__call__
        kind = "asgi" if inspect.iscoroutinefunction(called) else "wsgi"
        raise CannotInstrument(
            f"cannot instrument a {type(app).__name__} in place",
            hint=f"write watch = instrument(service=…); app = {kind}(app, watch)",
        )


def _starlette_middleware(watch: Instrument, organisation: OrganisationOf | None) -> Any:
    from starlette.middleware import Middleware

    return Middleware(AsgiWatch, watching=watch.watching(organisation))
