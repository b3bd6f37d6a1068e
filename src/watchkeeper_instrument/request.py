"""One HTTP request from its first byte to its answer: the span, the ids in the logs, the measurements. For all servers."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager
from contextvars import Token
from typing import Any

import structlog
from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer

from watchkeeper_instrument.metrics import METHODS, Metrics
from watchkeeper_instrument.tracing import context_of

CORRELATION_HEADER = "x-correlation-id"
_REQUEST_HEADER = "x-request-id"
_ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")
UNMATCHED = "unmatched"
"""The route of a request that no route of the application takes: its path is the caller's choice, so it is never a label."""


class Watched:
    """A request that is being answered. Make it, ``start`` it, and ``end`` it exactly once."""

    __slots__ = (
        "_bound",
        "_current",
        "_exemplar",
        "_is_ours",
        "_method",
        "_metrics",
        "_path",
        "_span",
        "_started_s",
        "correlation_id",
        "organisation",
    )

    def __init__(self, metrics: Metrics, tracer: Tracer, *, method: str, path: str, headers: Iterable[tuple[str, str]]) -> None:
        given = {name: value for name, value in headers if name in _READ}
        self._metrics = metrics
        self._method = method if method in METHODS else "OTHER"
        self._path = path
        outer = trace.get_current_span()
        # A framework or an agent that has begun a span for this request already keeps it; a second one would only repeat it.
        self._is_ours = not (outer.is_recording() and getattr(outer, "kind", None) is SpanKind.SERVER)
        self._span = tracer.start_span(self._method, context_of(given.items()), SpanKind.SERVER) if self._is_ours else outer
        context = self._span.get_span_context()
        ids = f"{context.trace_id:032x}"
        self._exemplar = {"trace_id": ids} if context.trace_flags.sampled else None
        wanted = given.get(CORRELATION_HEADER) or given.get(_REQUEST_HEADER) or ""
        # An id from outside goes into logs and headers, so it is taken only in a harmless form.
        self.correlation_id = wanted if _ACCEPTABLE_ID.fullmatch(wanted) else ids
        self.organisation = ""
        self._current: AbstractContextManager[Any] = trace.use_span(
            self._span, record_exception=False, set_status_on_exception=False
        )
        self._bound: dict[str, Token[Any]] = {}
        self._started_s = 0.0

    def start(self) -> None:
        """Make it the current request of this task or thread."""
        self._current.__enter__()
        self._bound = dict(structlog.contextvars.bind_contextvars(correlation_id=self.correlation_id))
        self._metrics.in_flight.inc()
        self._started_s = time.perf_counter()

    def end(self, *, status: int, route: str | None, failure: BaseException | None = None) -> None:
        """Measure it. ``route`` is the template (``/orders/{id}``), None where none matched."""
        took_s = time.perf_counter() - self._started_s
        metrics = self._metrics
        metrics.in_flight.dec()
        template = metrics.caps.route.admit(route) if route else UNMATCHED
        code = str(status)
        metrics.request_duration.labels(self._method, template, code).observe(took_s, self._exemplar)
        metrics.requests.labels(self._method, template, code, metrics.caps.organisation.admit(self.organisation)).inc()
        span = self._span
        if span.is_recording():
            if self._is_ours:
                span.update_name(f"{self._method} {template}" if route else self._method)
            span.set_attributes(
                {
                    "http.request.method": self._method,
                    "http.response.status_code": status,
                    "url.path": self._path,
                    "correlation.id": self.correlation_id,
                    **({"http.route": template} if route else {}),
                    **({"organisation": self.organisation} if self.organisation else {}),
                }
            )
            if failure is not None and self._is_ours:
                span.record_exception(failure)
            if status >= 500:
                span.set_status(Status(StatusCode.ERROR, type(failure).__name__ if failure else ""))
        structlog.contextvars.reset_contextvars(**self._bound)
        self._current.__exit__(None, None, None)
        if self._is_ours:
            span.end()


_READ = frozenset({CORRELATION_HEADER, _REQUEST_HEADER, "traceparent", "tracestate", "baggage"})
