"""ASGI middleware: FastAPI, Starlette, Litestar, Django under ASGI, and every other application of this interface."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any, TypeAlias

from watchkeeper_instrument.exposition import health_body, metrics_body
from watchkeeper_instrument.request import CORRELATION_HEADER, Watched
from watchkeeper_instrument.route import asgi_route
from watchkeeper_instrument.watching import FAILED, Watching

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

_CORRELATION = CORRELATION_HEADER.encode()


class AsgiWatch:
    """Stands before an application, answers health and metrics itself, and watches all other requests."""

    def __init__(self, app: Application, watching: Watching) -> None:
        self._app = app
        self._settings = watching.settings
        self._metrics = watching.metrics
        self._health = watching.health
        self._tracer = watching.tracer
        self._organisation = watching.organisation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"] == self._settings.metrics_path and scope["method"] in {"GET", "HEAD"}:
            accept = next((value for name, value in _headers(scope) if name == "accept"), "")
            await _answer(scope, send, metrics_body(self._metrics, accept))
        elif scope["path"] == self._settings.health_path and scope["method"] in {"GET", "HEAD"}:
            await _answer(scope, send, health_body(await self._health.report(), self._settings))
        else:
            await self._watch(scope, receive, send)

    async def _watch(self, scope: Scope, receive: Receive, send: Send) -> None:
        watched = Watched(self._metrics, self._tracer, method=scope["method"], path=scope["path"], headers=_headers(scope))
        status = FAILED

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = list(message.get("headers", ()))
                headers.append((_CORRELATION, watched.correlation_id.encode()))
                message = {**message, "headers": headers}
            await send(message)

        failure: BaseException | None = None
        watched.start()
        try:
            await self._app(scope, receive, noting)
        except BaseException as raised:
            failure, status = raised, FAILED
            raise
        finally:
            if self._organisation is not None:
                watched.organisation = self._organisation(scope)
            watched.end(status=status, route=asgi_route(scope), failure=failure)


def _headers(scope: Scope) -> Iterator[tuple[str, str]]:
    for name, value in scope["headers"]:
        yield name.decode("latin-1"), value.decode("latin-1")


async def _answer(scope: Scope, send: Send, answer: tuple[int, str, bytes]) -> None:
    status, content_type, body = answer
    headers = [
        (b"content-type", content_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
