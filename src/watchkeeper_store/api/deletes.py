"""Delete requests: make, list and cancel them as Loki's compactor lets its clients do."""

from __future__ import annotations

import re
from typing import Any

import orjson

from watchkeeper_store.api.http import HttpError, Request, Response
from watchkeeper_store.api.parameters import SECOND_NS, parse_time_ns
from watchkeeper_store.api.render import seconds_of
from watchkeeper_store.api.service import Service, tenant_of
from watchkeeper_store.deletes.hiding import CannotDelete
from watchkeeper_store.deletes.requests import RECEIVED, DeleteRequest
from watchkeeper_store.model.quantities import duration_text

_MILLISECOND_NS = 1_000_000
_WHOLE_SECONDS, _NUMBER = re.compile(r"\d{10}"), re.compile(r"[-+.\d]+")


async def delete(service: Service, request: Request) -> Response:
    """GET lists, POST and PUT add, DELETE cancels."""
    match request.method:
        case "GET":
            return _listed(service, request)
        case "DELETE":
            return await _cancelled(service, request)
    return await _added(service, request)


def _listed(service: Service, request: Request) -> Response:
    found = [_described(one) for one in service.deletes.of(tenant_of(request))]
    return Response(orjson.dumps(found))


def _described(one: DeleteRequest) -> dict[str, Any]:
    return {
        "request_id": one.request_id,
        "start_time": seconds_of(one.start_ns),
        "end_time": seconds_of(one.end_ns - 1),
        "query": one.query,
        "status": one.status,
        "created_at": seconds_of(one.created_ns),
    }


async def _added(service: Service, request: Request) -> Response:
    tenant, query = tenant_of(request), request.one("query")
    if not query:
        raise HttpError(400, "query not set")
    start_text, end_text = request.one("start"), request.one("end")
    if not start_text:
        raise HttpError(400, "start time not set")
    now_ns = service.now_ns()
    start_ns = _time_of("start", start_text)
    end_ns = _time_of("end", end_text) if end_text else now_ns
    if end_ns > now_ns:
        raise HttpError(400, "deletes in the future are not allowed")
    if start_ns >= end_ns:
        raise HttpError(400, "start time can't be greater than or equal to end time")
    # the last second, or millisecond, that the client can name is deleted whole
    end_ns += SECOND_NS if _WHOLE_SECONDS.fullmatch(end_text) else _MILLISECOND_NS
    try:
        await service.query(tenant, lambda _: service.deletes.add(tenant, query, start_ns, end_ns, now_ns))
    except CannotDelete as failure:
        raise HttpError(400, str(failure)) from failure
    except OSError as failure:
        raise HttpError(503, f"cannot keep the delete request: {failure}") from failure
    return Response(status=204)


def _time_of(name: str, text: str) -> int:
    """Other than in queries, a number is ten digits of seconds and nothing else."""
    try:
        if _WHOLE_SECONDS.fullmatch(text) or not _NUMBER.fullmatch(text):
            return parse_time_ns(text)
    except HttpError:
        pass
    raise HttpError(400, f"invalid {name} time: require unix seconds or RFC3339 format")


async def _cancelled(service: Service, request: Request) -> Response:
    tenant, request_id = tenant_of(request), request.one("request_id")
    found = next((one for one in service.deletes.of(tenant) if one.request_id == request_id), None)
    if found is None:
        raise HttpError(404, "could not find delete request with given id")
    if found.status != RECEIVED:
        raise HttpError(400, "deletion of request which is in process or already processed is not allowed")
    period_s = service.limits.of(tenant).delete_request_cancel_period
    if service.now_ns() - found.created_ns > period_s * SECOND_NS and request.one("force") != "true":
        raise HttpError(
            400, f"deletion of request past the deadline of {duration_text(period_s)} since its creation is not allowed"
        )
    try:
        await service.query(tenant, lambda _: service.deletes.cancel(tenant, request_id))
    except OSError as failure:
        raise HttpError(503, f"cannot cancel the delete request: {failure}") from failure
    return Response(status=204)
