"""WSGI middleware: Flask, Django, and every other application of this interface."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeAlias

from watchkeeper_instrument.exposition import health_body, metrics_body
from watchkeeper_instrument.request import CORRELATION_HEADER, Watched
from watchkeeper_instrument.route import wsgi_route
from watchkeeper_instrument.watching import FAILED, Watching

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

Environ: TypeAlias = dict[str, Any]


class WsgiWatch:
    """Stands before an application, answers health and metrics itself, and watches all other requests."""

    def __init__(self, app: WSGIApplication, watching: Watching) -> None:
        self._app = app
        self._settings = watching.settings
        self._metrics = watching.metrics
        self._health = watching.health
        self._tracer = watching.tracer
        self._organisation = watching.organisation

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
        if path == self._settings.metrics_path and method in {"GET", "HEAD"}:
            return _answer(environ, start_response, metrics_body(self._metrics, environ.get("HTTP_ACCEPT", "")))
        if path == self._settings.health_path and method in {"GET", "HEAD"}:
            return _answer(environ, start_response, health_body(self._health.report_from_thread(), self._settings))
        return self._watch(environ, start_response)

    def _watch(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        watched = Watched(
            self._metrics,
            self._tracer,
            method=environ["REQUEST_METHOD"],
            path=environ.get("PATH_INFO", ""),
            headers=_headers(environ),
        )
        status, route = FAILED, None

        def noting(line: str, headers: list[tuple[str, str]], *rest: Any) -> Callable[[bytes], object]:
            nonlocal status, route
            status = int(line.split(" ", 1)[0])
            route = wsgi_route(environ)  # now: Flask forgets its request before the body is sent
            return start_response(line, [*headers, (CORRELATION_HEADER.title(), watched.correlation_id)], *rest)

        def end(failure: BaseException | None) -> None:
            if self._organisation is not None:
                watched.organisation = self._organisation(environ)
            watched.end(status=FAILED if failure else status, route=route or wsgi_route(environ), failure=failure)

        watched.start()
        try:
            body = self._app(environ, noting)
        except BaseException as failure:
            end(failure)
            raise
        return _Body(body, end)


class _Body:
    """Hands the body on and ends the request when it has been sent, or when nobody wants it any more."""

    def __init__(self, body: Iterable[bytes], end: Callable[[BaseException | None], None]) -> None:
        self._body = body
        self._end: Callable[[BaseException | None], None] | None = end

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._body
        except Exception as failure:
            self._finish(failure)
            raise

    def close(self) -> None:
        try:
            if hasattr(self._body, "close"):
                self._body.close()
        finally:
            self._finish(None)

    def _finish(self, failure: BaseException | None) -> None:
        if self._end is not None:
            end, self._end = self._end, None
            end(failure)


def _headers(environ: Environ) -> Iterator[tuple[str, str]]:
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            yield name[5:].replace("_", "-").lower(), value


def _answer(environ: Environ, start_response: StartResponse, answer: tuple[int, str, bytes]) -> Iterable[bytes]:
    status, content_type, body = answer
    headers = [("Content-Type", content_type), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
    start_response(f"{status} {HTTPStatus(status).phrase}", headers)
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]
