"""Push: the answer is 204 only once every accepted line is durable and visible."""

from __future__ import annotations

import asyncio

from watchkeeper_store.api.http import HttpError, Request, Response
from watchkeeper_store.api.service import Service, tenant_of
from watchkeeper_store.ingest.verdict import PushRefused
from watchkeeper_store.storage.committer import WriteRefused


async def push(service: Service, request: Request) -> Response:
    """POST /loki/api/v1/push."""
    tenant = tenant_of(request)
    content_type = request.headers.get("content-type", "")
    encoding = request.headers.get("content-encoding", "")
    loop = asyncio.get_running_loop()
    try:
        taken = await loop.run_in_executor(
            service.intake_threads, service.intake.take, tenant, request.body, content_type, encoding
        )
        if taken.done is not None:
            await asyncio.wrap_future(taken.done)
    except PushRefused as refusal:
        raise HttpError(refusal.status, str(refusal)) from refusal
    except WriteRefused as refusal:
        raise HttpError(503, str(refusal)) from refusal
    service.measures.lines.labels(tenant).inc(taken.lines)
    service.measures.octets.labels(tenant).inc(taken.octets)
    for reason, lines in taken.discarded.lines.items():
        service.measures.discarded.labels(tenant, reason).inc(lines)
    if taken.discarded.messages:
        raise HttpError(taken.status, taken.discarded.text())
    return Response(status=204)
