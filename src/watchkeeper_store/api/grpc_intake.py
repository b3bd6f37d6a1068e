"""OTLP over gRPC: traces, logs and metrics, as the HTTP paths take them. Has threads of its own; runs only where asked for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import grpc

from watchkeeper_store.api.http import HttpError, Request
from watchkeeper_store.api.metrics_intake import taken_metrics
from watchkeeper_store.api.push import taken_otlp
from watchkeeper_store.api.service import Service, tenant_of
from watchkeeper_store.ingest.otlp import PROTOBUF_TYPE
from watchkeeper_store.storage.committer import WriteRefused
from watchkeeper_store.traces.requests import RequestUnreadable, read_request
from watchkeeper_wire.otlp_logs import partial_success

_SERVICES = "opentelemetry.proto.collector"
_THREADS = 8
_METRICS_AT_ONCE = 4
"""Threads that may wait for Prometheus, so that traces and logs find one while it hangs."""
_TURN_S = 0.5
_WAIT_S = 30.0
_CODES = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    404: grpc.StatusCode.UNIMPLEMENTED,
    413: grpc.StatusCode.RESOURCE_EXHAUSTED,
    429: grpc.StatusCode.UNAVAILABLE,
}
"""429 is told as UNAVAILABLE: by OTLP's rules that is what a sender may try again."""


class GrpcIntake:
    """A gRPC server over the same store. ``port`` is the one it listens on."""

    def __init__(self, service: Service, address: str, loop: asyncio.AbstractEventLoop) -> None:
        self._service = service
        self._loop = loop
        most_bytes = service.limits.default.max_body_size
        options = [("grpc.max_receive_message_length", most_bytes), ("grpc.so_reuseport", 0)]
        self._server = grpc.server(ThreadPoolExecutor(_THREADS, "grpc"), options=options)
        self._metrics_turns = threading.BoundedSemaphore(_METRICS_AT_ONCE)
        for name, take in (
            ("trace.v1.TraceService", self._traces),
            ("logs.v1.LogsService", self._logs),
            ("metrics.v1.MetricsService", self._metrics),
        ):
            handler: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(take)
            self._server.add_generic_rpc_handlers(
                (grpc.method_handlers_generic_handler(f"{_SERVICES}.{name}", {"Export": handler}),)
            )
        self.port = self._server.add_insecure_port(address)
        self._server.start()

    def stop(self) -> None:
        """Refuse new requests, finish those under way."""
        self._server.stop(grace=2).wait(3)

    def _traces(self, body: bytes, context: grpc.ServicerContext) -> bytes:
        def take(tenant: str) -> bytes:
            message, payload = read_request(body, is_json=False)
            if message.resource_spans:
                self._service.traces.get().submit(tenant, message, payload).result(_WAIT_S)
            return b""

        return self._answer(context, take)

    def _logs(self, body: bytes, context: grpc.ServicerContext) -> bytes:
        def take(tenant: str) -> bytes:
            headers = {"content-type": PROTOBUF_TYPE, "x-scope-orgid": tenant}
            request = Request(method="POST", path="/v1/logs", headers=headers, parameters={}, body=body)
            waiting: Future[Any] = asyncio.run_coroutine_threadsafe(taken_otlp(self._service, request), self._loop)
            taken = waiting.result(_WAIT_S)
            return b"" if taken is None else partial_success(taken.discarded.lines.total(), taken.discarded.text())

        return self._answer(context, take)

    def _metrics(self, body: bytes, context: grpc.ServicerContext) -> bytes:
        def take(tenant: str) -> bytes:
            if not self._metrics_turns.acquire(timeout=_TURN_S):
                raise HttpError(503, "too many requests wait for Prometheus")
            try:
                taking = taken_metrics(self._service, tenant, body, "", is_json=False)
                answer = asyncio.run_coroutine_threadsafe(taking, self._loop).result(_WAIT_S)
            finally:
                self._metrics_turns.release()
            return bytes(answer.SerializeToString())

        return self._answer(context, take)

    def _answer(self, context: grpc.ServicerContext, take: Callable[[str], bytes]) -> bytes:
        headers = {str(name): str(value) for name, value in context.invocation_metadata() if name == "x-scope-orgid"}
        code, text = grpc.StatusCode.OK, ""
        try:
            return take(tenant_of(Request(method="POST", path="", headers=headers, parameters={})))
        except HttpError as failure:
            code, text = _CODES.get(failure.status, grpc.StatusCode.UNAVAILABLE), str(failure)
        except RequestUnreadable as failure:
            code, text = grpc.StatusCode.INVALID_ARGUMENT, str(failure)
        except (WriteRefused, TimeoutError) as failure:
            code, text = grpc.StatusCode.UNAVAILABLE, str(failure)
        context.set_code(code)
        context.set_details(text)
        return b""
