"""Metrics made of spans: how often, how long and how well, by operation; and who calls whom. Under the names that Tempo uses.

Everything is counted from columns, request by request; Prometheus reads the sums. Series are bounded: what exceeds the bound is
left out and counted.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from watchkeeper_store.traces.columns import MIXER, SpanColumns, Value

CALLS_BOUNDS_S = (0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.02, 2.05, 4.1)
EDGE_BOUNDS_S = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8)
MOST_SERIES = 2000
_WAIT_S, _MOST_WAITING = 10.0, 20_000
_SERVER, _CLIENT, _PRODUCER, _CONSUMER = 2, 3, 4, 5
_ERROR = 2
_STATUS = ("STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR")
_KIND = tuple(f"SPAN_KIND_{kind}" for kind in ("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"))


@dataclass(slots=True)
class Durations:
    """A histogram: ``counts`` has one entry for each bound and one above; ``exemplar`` is (trace, seconds)."""

    counts: NDArray[np.int64]
    sum_s: float = 0.0
    exemplar: tuple[str, float] | None = None

    def add(self, seconds: float, bounds: Sequence[float]) -> None:
        """Count one duration."""
        self.counts[bisect_left(bounds, seconds)] += 1
        self.sum_s += seconds


@dataclass(slots=True)
class _Edge:
    client_s: Durations
    server_s: Durations
    total: int = 0
    failed: int = 0


@dataclass(slots=True)
class _Half:
    """One side of a call whose other side has not arrived."""

    service: str
    seconds: float
    failed: bool
    kind: int
    since_s: float


Places = NDArray[np.int64]
Operation = tuple[str, str, str, str]
"""(service, span name, kind, status)."""
Call = tuple[str, str, str]
"""(client, server, connection type)."""


@dataclass(slots=True)
class SpanMetrics:
    """The sums of one tenant since the start. ``observe`` comes from one thread, reading from any."""

    clock: Callable[[], float] = time.monotonic
    operations: dict[Operation, Durations] = field(default_factory=dict)
    edges: dict[Call, _Edge] = field(default_factory=dict)
    left_out: int = 0
    unpaired: int = 0
    _waiting: OrderedDict[tuple[int, bool], _Half] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def observe(self, columns: SpanColumns, dictionary: Sequence[Value], trace_ids: Sequence[bytes]) -> None:
        """Count new spans; ``trace_ids`` has the id of each span's trace."""
        if not len(columns):
            return
        with self._lock:
            self._count_operations(columns, dictionary, trace_ids)
            self._count_calls(columns, dictionary)
            self._forget()

    def _count_operations(self, columns: SpanColumns, dictionary: Sequence[Value], trace_ids: Sequence[bytes]) -> None:
        seconds = columns.duration_ns / 1e9
        packed = (
            (columns.service.astype(np.int64) << 36)
            | (columns.name.astype(np.int64) << 8)
            | (columns.kind << 3)
            | columns.status
        )
        _, firsts, operation = np.unique(packed, return_index=True, return_inverse=True)
        size = len(CALLS_BOUNDS_S) + 1
        bucket = np.searchsorted(CALLS_BOUNDS_S, seconds)
        counts = np.bincount(operation * size + bucket, minlength=len(firsts) * size).reshape(-1, size)
        sums = np.bincount(operation, seconds)
        for place, first in enumerate(firsts.tolist()):
            key = (
                str(dictionary[columns.service[first]]),
                str(dictionary[columns.name[first]]),
                _word(_KIND, int(columns.kind[first])),
                _word(_STATUS, int(columns.status[first])),
            )
            held = self.operations.get(key)
            if held is None:
                if len(self.operations) >= MOST_SERIES:
                    self.left_out += int(counts[place].sum())
                    continue
                held = self.operations[key] = Durations(np.zeros(size, np.int64))
            held.counts += counts[place]
            held.sum_s += float(sums[place])
            held.exemplar = (trace_ids[first].hex(), float(seconds[first]))

    def _count_calls(self, columns: SpanColumns, dictionary: Sequence[Value]) -> None:
        callers = np.flatnonzero((columns.kind == _CLIENT) | (columns.kind == _PRODUCER))
        called = np.flatnonzero(((columns.kind == _SERVER) | (columns.kind == _CONSUMER)) & (columns.parent != 0))
        caller_keys = columns.trace[callers] ^ (columns.span[callers] * np.uint64(MIXER))
        called_keys = columns.trace[called] ^ (columns.parent[called] * np.uint64(MIXER))
        _, at_caller, at_called = np.intersect1d(caller_keys, called_keys, return_indices=True)
        self._pair_all(columns, dictionary, callers[at_caller], called[at_called])
        now_s = self.clock()
        for rows, keys, paired, is_caller in ((callers, caller_keys, at_caller, True), (called, called_keys, at_called, False)):
            lonely = np.ones(len(rows), np.bool_)
            lonely[paired] = False
            for key, half in zip(keys[lonely].tolist(), _halves(columns, dictionary, rows[lonely], now_s), strict=True):
                other_half = self._waiting.pop((key, not is_caller), None)
                if other_half is None:
                    self._waiting[key, is_caller] = half
                else:
                    self._pair(*((half, other_half) if is_caller else (other_half, half)))

    def _pair_all(self, columns: SpanColumns, dictionary: Sequence[Value], callers: Places, called: Places) -> None:
        """Count the calls of which both sides came in one request; ``called`` answers ``callers``, entry by entry."""
        kinds = columns.kind[callers]
        packed = (columns.service[callers].astype(np.int64) << 33) | (columns.service[called].astype(np.int64) << 3) | kinds
        failed = (columns.status[callers] == _ERROR) | (columns.status[called] == _ERROR)
        _, firsts, call = np.unique(packed, return_index=True, return_inverse=True)
        for place, first in enumerate(firsts.tolist()):
            chosen = np.flatnonzero(call == place)
            client, server = (str(dictionary[columns.service[side[first]]]) for side in (callers, called))
            edge = self._edge((client, server, _connection(int(kinds[first]))), len(chosen))
            if edge is None:
                continue
            edge.total += len(chosen)
            edge.failed += int(failed[chosen].sum())
            for side, held in ((callers, edge.client_s), (called, edge.server_s)):
                seconds = columns.duration_ns[side[chosen]] / 1e9
                held.counts += np.bincount(np.searchsorted(EDGE_BOUNDS_S, seconds), minlength=len(held.counts))
                held.sum_s += float(seconds.sum())

    def _edge(self, key: Call, spans: int) -> _Edge | None:
        """The sums of one kind of call; None where there are too many kinds, which is counted."""
        edge = self.edges.get(key)
        if edge is None:
            if len(self.edges) >= MOST_SERIES:
                self.left_out += spans
                return None
            size = len(EDGE_BOUNDS_S) + 1
            edge = self.edges[key] = _Edge(Durations(np.zeros(size, np.int64)), Durations(np.zeros(size, np.int64)))
        return edge

    def _pair(self, caller: _Half, called: _Half) -> None:
        edge = self._edge((caller.service, called.service, _connection(caller.kind)), 1)
        if edge is None:
            return
        edge.total += 1
        edge.failed += caller.failed or called.failed
        edge.client_s.add(caller.seconds, EDGE_BOUNDS_S)
        edge.server_s.add(called.seconds, EDGE_BOUNDS_S)

    def _forget(self) -> None:
        """Halves that waited too long: an outside caller, or a service that sends no spans."""
        oldest_s = self.clock() - _WAIT_S
        while self._waiting and (len(self._waiting) > _MOST_WAITING or next(iter(self._waiting.values())).since_s < oldest_s):
            self._waiting.popitem(last=False)
            self.unpaired += 1

    def exposition(self) -> bytes:
        """All sums as OpenMetrics, with exemplars."""
        with self._lock:
            return "\n".join([*self._operation_lines(), *self._edge_lines(), "# EOF", ""]).encode()

    def _operation_lines(self) -> Iterator[str]:
        yield "# TYPE traces_spanmetrics_calls counter"
        named = [
            (_labels(service=service, span_name=name, span_kind=kind, status_code=status), held)
            for (service, name, kind, status), held in sorted(self.operations.items())
        ]
        for labels, held in named:
            yield f"traces_spanmetrics_calls_total{{{labels}}} {int(held.counts.sum())}"
        yield "# TYPE traces_spanmetrics_latency histogram"
        for labels, held in named:
            yield from _histogram("traces_spanmetrics_latency", labels, held, CALLS_BOUNDS_S)

    def _edge_lines(self) -> Iterator[str]:
        named = [
            (_labels(client=client, server=server, connection_type=connection), edge)
            for (client, server, connection), edge in sorted(self.edges.items())
        ]
        yield "# TYPE traces_service_graph_request counter"
        for labels, edge in named:
            yield f"traces_service_graph_request_total{{{labels}}} {edge.total}"
        yield "# TYPE traces_service_graph_request_failed counter"
        for labels, edge in named:
            yield f"traces_service_graph_request_failed_total{{{labels}}} {edge.failed}"
        for side in ("client", "server"):
            name = f"traces_service_graph_request_{side}_seconds"
            yield f"# TYPE {name} histogram"
            for labels, edge in named:
                yield from _histogram(name, labels, edge.client_s if side == "client" else edge.server_s, EDGE_BOUNDS_S)
        yield "# TYPE traces_service_graph_unpaired_spans counter"
        yield f"traces_service_graph_unpaired_spans_total {self.unpaired}"
        yield "# TYPE watchkeeper_store_span_metrics_left_out counter"
        yield f"watchkeeper_store_span_metrics_left_out_total {self.left_out}"


def _halves(columns: SpanColumns, dictionary: Sequence[Value], rows: Places, since_s: float) -> Iterator[_Half]:
    """One side of a call for each row."""
    services, seconds = columns.service[rows].tolist(), (columns.duration_ns[rows] / 1e9).tolist()
    failed, kinds = (columns.status[rows] == _ERROR).tolist(), columns.kind[rows].tolist()
    for service, took_s, has_failed, kind in zip(services, seconds, failed, kinds, strict=True):
        yield _Half(str(dictionary[service]), took_s, has_failed, kind, since_s)


def _connection(kind: int) -> str:
    return "messaging_system" if kind == _PRODUCER else ""


def _word(words: tuple[str, ...], number: int) -> str:
    return words[number] if 0 <= number < len(words) else str(number)


def _labels(**labels: Value) -> str:
    return ",".join(f'{name}="{_escaped(str(value))}"' for name, value in labels.items())


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _histogram(name: str, labels: str, held: Durations, bounds: tuple[float, ...]) -> Iterator[str]:
    total = 0
    for bound, count in zip((*bounds, float("inf")), held.counts.tolist(), strict=True):
        total += count
        written = "+Inf" if bound == float("inf") else f"{bound:g}"
        line = f'{name}_bucket{{{labels},le="{written}"}} {total}'
        # An exemplar belongs to the lowest bucket that holds it.
        if (
            held.exemplar is not None
            and held.exemplar[1] <= bound
            and (bound == bounds[0] or held.exemplar[1] > _below(bound, bounds))
        ):
            line += f' # {{trace_id="{held.exemplar[0]}"}} {held.exemplar[1]:g}'
        yield line
    yield f"{name}_sum{{{labels}}} {held.sum_s:g}"
    yield f"{name}_count{{{labels}}} {total}"


def _below(bound: float, bounds: tuple[float, ...]) -> float:
    return bounds[-1] if bound == float("inf") else bounds[bounds.index(bound) - 1]
