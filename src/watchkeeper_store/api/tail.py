"""Tail: a websocket on which lines appear as they become durable. One JSON object per group of lines."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import orjson

from watchkeeper_store.api import render
from watchkeeper_store.api.http import ASGI, TEXT, HttpError, Receive, Request, Response, Send
from watchkeeper_store.api.parameters import check_entries_limit, limit_of, parse_step_ns, parse_time_ns
from watchkeeper_store.api.service import Service, expression_of, tenant_of
from watchkeeper_store.logql.evaluation.log_query import LogOptions, evaluate_log
from watchkeeper_store.logql.evaluation.pipeline import Span
from watchkeeper_store.logql.evaluation.results import Entry
from watchkeeper_store.logql.source import Direction
from watchkeeper_store.logql.tree import LogQuery
from watchkeeper_store.model.rows import RowBatch
from watchkeeper_store.query.scope import Scope
from watchkeeper_store.query.source import StoreSource
from watchkeeper_store.storage.snapshot import Snapshot

_MOST_WAITING_BATCHES = 64
_GATHER_S = 0.1
_HOUR_NS = 3600 * 10**9
_FOREVER_NS = 1 << 62
_INTERNAL_ERROR, _NORMAL = 1011, 1000
_MOST_DELAY_S = 5


class Subscription:
    """Rows of one tenant on their way from the commit thread to one websocket; what does not fit is counted."""

    def __init__(self, service: Service, tenant: str) -> None:
        self._service = service
        self._tenant = tenant
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[RowBatch] = asyncio.Queue(_MOST_WAITING_BATCHES)
        self.dropped_rows = 0

    def __enter__(self) -> Self:
        self._service.store.listeners.append(self._heard)
        return self

    def __exit__(self, *_: object) -> None:
        self._service.store.listeners.remove(self._heard)

    def _heard(self, tenant: str, rows: RowBatch) -> None:
        if tenant == self._tenant:
            with contextlib.suppress(RuntimeError):  # the loop is closed: the process is ending
                self._loop.call_soon_threadsafe(self._offer, rows)

    def _offer(self, rows: RowBatch) -> None:
        try:
            self._queue.put_nowait(rows)
        except asyncio.QueueFull:
            self.dropped_rows += len(rows)

    async def next_rows(self) -> tuple[RowBatch, ...]:
        """What has arrived, at least one batch."""
        first = await self._queue.get()
        await asyncio.sleep(_GATHER_S)
        more = [self._queue.get_nowait() for _ in range(self._queue.qsize())]
        return (first, *more)


class Tail:
    """One tail request."""

    def __init__(self, service: Service, request: Request) -> None:
        self._service = service
        self.tenant = tenant_of(request)
        expression = expression_of(request.one("query"))
        if not isinstance(expression, LogQuery):
            raise HttpError(400, "only log queries are supported for tailing")
        self._query = expression
        self._limit = limit_of(request)
        check_entries_limit(self._limit, service.limits.of(self.tenant))
        delay_s = parse_step_ns("delay_for", request.one("delay_for", "0")) / 10**9
        if not 0 <= delay_s <= _MOST_DELAY_S:
            raise HttpError(400, f"delay_for can't be greater than {_MOST_DELAY_S}")
        start = request.one("start")
        self._start_ns = parse_time_ns(start) if start else service.now_ns() - _HOUR_NS

    async def past(self) -> list[Entry]:
        """The newest lines from the start up to now, oldest first."""
        return (await self._service.query(self.tenant, lambda scope: self._entries(scope, None)))[::-1]

    async def of(self, batches: tuple[RowBatch, ...]) -> list[Entry]:
        """What the query makes of rows that have just arrived."""
        return await self._service.query(self.tenant, lambda scope: self._entries(scope, batches))

    def _entries(self, scope: Scope, batches: tuple[RowBatch, ...] | None) -> list[Entry]:
        store = self._service.store

        @contextmanager
        def only_these(tenant: str) -> Iterator[Snapshot]:
            yield Snapshot(batches=batches or (), segments=(), registry=store.registry(tenant))

        span = Span(tenant=self.tenant, start_ns=self._start_ns, end_ns=_FOREVER_NS)
        if batches is None:
            options = LogOptions(limit=self._limit, direction=Direction.BACKWARD)
            return list(evaluate_log(self._query, StoreSource(store, scope), span, options))
        source = StoreSource(store, scope, only_these)
        return list(evaluate_log(self._query, source, span, LogOptions(direction=Direction.FORWARD)))


def message_of(entries: list[Entry], *, categorize: bool) -> str:
    body: dict[str, object] = {"streams": render.streams(entries, categorize=categorize), "dropped_entries": []}
    if categorize:
        body["encodingFlags"] = [render.CATEGORIZE]
    return orjson.dumps(body).decode()


async def refuse(send: Send, status: int, text: str) -> None:
    """Answer a handshake with an HTTP error, as Loki does: clients show its text."""
    body = text.encode()
    headers = [(b"content-type", TEXT.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})


async def not_a_websocket(service: Service, request: Request) -> Response:
    """What a plain GET of a tail is told."""
    missing = "the client is not using the websocket protocol: 'upgrade' token not found in 'Connection' header"
    raise HttpError(400, f"Bad Request\nwebsocket: {missing}")


async def tail(service: Service, request: Request, receive: Receive, send: Send) -> None:
    """Serve one websocket until the client leaves or the store stops."""
    await receive()
    try:
        following = Tail(service, request)
        most = service.limits.of(following.tenant).max_concurrent_tail_requests
        if most and service.tails[following.tenant] >= most:
            raise HttpError(400, f"max concurrent tail requests limit exceeded, count > limit ({most + 1} > {most})")
    except HttpError as failure:
        await refuse(send, failure.status, f"{failure}\n")
        return
    await send({"type": "websocket.accept"})
    service.tails[following.tenant] += 1
    try:
        await _follow(service, following, request, receive, send)
    finally:
        service.tails[following.tenant] -= 1


async def _follow(service: Service, following: Tail, request: Request, receive: Receive, send: Send) -> None:
    categorize = render.CATEGORIZE in request.headers.get("x-loki-response-encoding-flags", "")
    with Subscription(service, following.tenant) as subscription:
        leaving = asyncio.create_task(_until_left(receive))
        stopping = asyncio.create_task(service.stopping.wait())
        feeding = asyncio.create_task(_feed(following, subscription, send, categorize=categorize))
        done, pending = await asyncio.wait({leaving, stopping, feeding}, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        if leaving in done:
            return
        failed = feeding in done and feeding.exception() is not None
        code, reason = (_INTERNAL_ERROR, str(feeding.exception())[:120]) if failed else (_NORMAL, "")
        with contextlib.suppress(Exception):  # the client may be gone by now, and that is all right
            await send({"type": "websocket.close", "code": code, "reason": reason})


async def _until_left(receive: Receive) -> None:
    while (await receive())["type"] != "websocket.disconnect":
        pass


async def _feed(following: Tail, subscription: Subscription, send: Send, *, categorize: bool) -> None:
    entries = await following.past()
    shown = {(entry.timestamp_ns, entry.stream, entry.line) for entry in entries}
    while True:
        if entries:
            message: ASGI = {"type": "websocket.send", "text": message_of(entries, categorize=categorize)}
            await send(message)
        fresh = await following.of(await subscription.next_rows())
        # a line may have become visible between the subscription and the look at the past: show it once
        entries = [entry for entry in fresh if (entry.timestamp_ns, entry.stream, entry.line) not in shown]
        if len(entries) == len(fresh):
            shown = set()
