"""Metrics over OTLP: the answer is a success only once Prometheus has them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson

from watchkeeper_store.api.http import HttpError, Request, Response
from watchkeeper_store.api.otlp_answers import otlp_failure
from watchkeeper_store.api.service import DEFAULT_TENANT, Service, tenant_of
from watchkeeper_store.ingest.otlp import JSON_TYPE, PROTOBUF_TYPE, media_type_of, unpacked
from watchkeeper_store.ingest.verdict import PushRefused
from watchkeeper_store.journal import log

if TYPE_CHECKING:
    from watchkeeper_store.forward.translate import Translation

_NOWHERE = (
    "this store does not know where to write metrics; set metrics.remote_write_url in its configuration to the address of a "
    "Prometheus that runs with --web.enable-remote-write-receiver, or send none (OTEL_METRICS_EXPORTER=none)"
)


async def take_metrics(service: Service, request: Request) -> Response:
    """POST /v1/metrics: 200 once Prometheus has the data points, with what was rejected if anything was."""
    kind = media_type_of(request.headers.get("content-type", ""))
    is_json = kind == JSON_TYPE
    try:
        if kind not in {JSON_TYPE, PROTOBUF_TYPE, ""}:
            raise HttpError(415, f"Content-Type {kind} not supported, use {PROTOBUF_TYPE} or {JSON_TYPE}")
        encoding = request.headers.get("content-encoding", "")
        answer = await taken_metrics(service, tenant_of(request), request.body, encoding, is_json=is_json)
    except HttpError as failure:
        return otlp_failure(failure, is_json=is_json)
    if is_json:
        return Response(_as_json(answer), content_type=JSON_TYPE)
    return Response(answer.SerializeToString(), content_type=PROTOBUF_TYPE)


def _as_json(message: Any) -> bytes:
    from google.protobuf.json_format import MessageToDict

    return orjson.dumps(MessageToDict(message))


async def taken_metrics(service: Service, tenant: str, body: bytes, encoding: str, *, is_json: bool) -> Any:
    """``ExportMetricsServiceResponse``. Raises HttpError: 404 where metrics go nowhere, 503 while Prometheus is away, 400 for
    a request that cannot be read or of which nothing can be taken.
    """
    if service.remote_write is None:
        raise HttpError(404, _NOWHERE)
    from watchkeeper_store.forward.remote_write import PrometheusAway
    from watchkeeper_store.forward.requests import RequestUnreadable, read_request, response
    from watchkeeper_store.forward.translate import translate

    most_bytes = service.limits.of(tenant).max_body_size

    def read() -> Translation:
        request = read_request(unpacked(body, encoding, most_bytes), is_json=is_json)
        return translate(request, "" if tenant == DEFAULT_TENANT else tenant)

    try:
        made = await asyncio.get_running_loop().run_in_executor(service.intake_threads, read)
        lost = await service.remote_write.write(made.outgoing, made.refused)
    except PushRefused as refusal:
        raise HttpError(refusal.status, str(refusal)) from refusal
    except RequestUnreadable as failure:
        raise HttpError(400, str(failure)) from failure
    except PrometheusAway as failure:
        raise HttpError(503, str(failure)) from failure
    taken, rejected = made.points - len(lost), made.refused.total()
    service.measures.forwarded.labels(tenant).inc(taken)
    if not rejected:
        return response(0, "")
    service.measures.refused_points.labels(tenant).inc(rejected)
    # most SDKs do not tell anybody what a partial success says
    for text in made.refused.texts():
        log("warn", text, tenant=tenant)
    if not taken:
        raise HttpError(400, made.refused.text())
    return response(rejected, made.refused.text())
