"""Calls to language models: how long they take, how many tokens, and what they cost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.trace import SpanKind, Tracer

from watchkeeper_instrument.metrics import Metrics


class ModelCall:
    """One call; tell it what the answer says about its use."""

    def __init__(self) -> None:
        self.tokens_in = 0
        self.tokens_out = 0
        self.cost_dollars = 0.0

    def used(self, *, tokens_in: int, tokens_out: int, cost_dollars: float = 0.0) -> None:
        """Adds up where one call has several answers. ``cost_dollars`` may be left out if a price is known."""
        self.tokens_in += tokens_in
        self.tokens_out += tokens_out
        self.cost_dollars += cost_dollars


class ModelCalls:
    """Measures calls by provider, model and organisation. Prices: dollars per million tokens read and written."""

    def __init__(self, metrics: Metrics, tracer: Tracer) -> None:
        self._metrics = metrics
        self._tracer = tracer
        self._prices: dict[tuple[str, str], tuple[float, float]] = {}

    def price(self, provider: str, model: str, *, read_dollars: float, written_dollars: float) -> None:
        """Let the cost of calls to this model be computed from their tokens."""
        self._prices[provider, model] = (read_dollars, written_dollars)

    @contextmanager
    def call(self, provider: str, model: str, *, organisation: str = "") -> Iterator[ModelCall]:
        """``with watch.models.call("acme", "large-1") as call: …; call.used(tokens_in=…, tokens_out=…)``."""
        caps = self._metrics.caps
        name = caps.model.admit(model)
        who = caps.organisation.admit(organisation)
        call = ModelCall()
        status = "success"
        started_s = time.perf_counter()
        attributes = {"gen_ai.provider.name": provider, "gen_ai.request.model": model}
        with self._tracer.start_as_current_span(f"chat {name}", kind=SpanKind.CLIENT, attributes=attributes) as span:
            try:
                yield call
            except BaseException:
                status = "error"
                raise
            finally:
                self._metrics.model_duration.labels(provider, name).observe(time.perf_counter() - started_s)
                self._metrics.model_requests.labels(provider, name, who, status).inc()
                if call.tokens_in or call.tokens_out:
                    self._metrics.tokens.labels(provider, name, who, "input").inc(call.tokens_in)
                    self._metrics.tokens.labels(provider, name, who, "output").inc(call.tokens_out)
                    span.set_attributes(
                        {"gen_ai.usage.input_tokens": call.tokens_in, "gen_ai.usage.output_tokens": call.tokens_out}
                    )
                self._metrics.cost.labels(provider, name, who).inc(self._cost(provider, model, call))

    def _cost(self, provider: str, model: str, call: ModelCall) -> float:
        if call.cost_dollars:
            return call.cost_dollars
        read, written = self._prices.get((provider, model), (0.0, 0.0))
        return (call.tokens_in * read + call.tokens_out * written) / 1e6
