"""Push, in Loki's form and in OTLP's: the answer is a success only once every accepted line is durable and visible."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

import orjson

from watchkeeper_store.api.http import HttpError, Request, Response
from watchkeeper_store.api.otlp_answers import otlp_failure
from watchkeeper_store.api.service import Service, tenant_of
from watchkeeper_store.ingest.intake import Taken
from watchkeeper_store.ingest.otlp import JSON_TYPE, PROTOBUF_TYPE, media_type_of, read_otlp
from watchkeeper_store.ingest.verdict import PushRefused
from watchkeeper_store.storage.committer import WriteRefused
from watchkeeper_wire.otlp_logs import partial_success, status_message

_Found = TypeVar("_Found", Taken, Taken | None)


async def push(service: Service, request: Request) -> Response:
    """POST /loki/api/v1/push."""
    tenant = tenant_of(request)
    content_type = request.headers.get("content-type", "")
    encoding = request.headers.get("content-encoding", "")
    try:
        taken = await _taken(service, tenant, lambda: service.intake.take(tenant, request.body, content_type, encoding))
    except PushRefused as refusal:
        raise HttpError(refusal.status, str(refusal)) from refusal
    if taken.discarded.messages:
        raise HttpError(taken.status, taken.discarded.text())
    return Response(status=204)


async def otlp_of_loki(service: Service, request: Request) -> Response:
    """POST /otlp/v1/logs, Loki's own path: 204, or a ``google.rpc.Status`` as protobuf."""
    try:
        taken = await taken_otlp(service, request)
    except HttpError as failure:
        return Response(status_message(str(failure)), failure.status, "application/octet-stream")
    if taken is not None and taken.discarded.messages:
        return Response(status_message(taken.discarded.text()), taken.status, "application/octet-stream")
    return Response(status=204)


async def otlp(service: Service, request: Request) -> Response:
    """POST /v1/logs as OTLP itself defines it: 200, in the format of the request, with what was rejected if anything was."""
    is_json = media_type_of(request.headers.get("content-type", "")) == JSON_TYPE
    try:
        taken = await taken_otlp(service, request)
    except HttpError as failure:
        return otlp_failure(failure, is_json=is_json)
    rejected, text = (0, "") if taken is None else (taken.discarded.lines.total(), taken.discarded.text())
    if is_json:
        answer = {"partialSuccess": {"rejectedLogRecords": str(rejected), "errorMessage": text}} if rejected else {}
        return Response(orjson.dumps(answer), content_type=JSON_TYPE)
    return Response(partial_success(rejected, text), content_type=PROTOBUF_TYPE)


async def taken_otlp(service: Service, request: Request) -> Taken | None:
    """What became of the records, None when there were none. Raises HttpError."""
    tenant = tenant_of(request)
    content_type = request.headers.get("content-type", "")
    encoding = request.headers.get("content-encoding", "")
    most_bytes = service.limits.of(tenant).max_body_size

    def take() -> Taken | None:
        read = read_otlp(request.body, content_type, encoding, most_bytes, service.now_ns())
        return None if read is None else service.intake.take_read(tenant, read)

    try:
        return await _taken(service, tenant, take)
    except PushRefused as refusal:
        raise HttpError(refusal.status, str(refusal)) from refusal


async def _taken(service: Service, tenant: str, take: Callable[[], _Found]) -> _Found:
    """Take a push in a thread, wait until it is durable, and count it. Raises PushRefused, and HttpError 503."""
    loop = asyncio.get_running_loop()
    try:
        taken = await loop.run_in_executor(service.intake_threads, take)
        if taken is None:
            return taken
        if taken.done is not None:
            await asyncio.wrap_future(taken.done)
    except WriteRefused as refusal:
        raise HttpError(503, str(refusal)) from refusal
    except PushRefused as refusal:
        if refusal.reason:
            service.measures.discarded.labels(tenant, refusal.reason).inc(refusal.lines)
        raise
    service.measures.lines.labels(tenant).inc(taken.lines)
    service.measures.octets.labels(tenant).inc(taken.octets)
    for reason, lines in taken.discarded.lines.items():
        service.measures.discarded.labels(tenant, reason).inc(lines)
    return taken
