"""From a line of the table to its handler: the method, the role, the organisation, the shape, in this order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from watchkeeper_console.border.answers import Refusal, refuse
from watchkeeper_console.border.gate import viewer_of
from watchkeeper_console.border.shapes import BadRequest, judge, read_body, read_parameters
from watchkeeper_console.identity.roles import suffices
from watchkeeper_console.interface.endpoint import Endpoint

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]
SocketHandler: TypeAlias = Callable[[WebSocket], Awaitable[None]]
_GIVEN = "watchkeeper_console.given"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What came with a request, judged by its endpoint's shapes."""

    body: Any
    parameters: Mapping[str, Any]


def given_to(request: Request) -> Given:
    """What a handler's endpoint asked for."""
    given = request.scope[_GIVEN]
    assert isinstance(given, Given)  # noqa: S101 - only a handler outside the table could miss it
    return given


def routes(
    endpoints: Iterable[Endpoint], handlers: Mapping[str, Handler], socket_handlers: Mapping[str, SocketHandler]
) -> Sequence[BaseRoute]:
    """One route a path, in the table's order. An endpoint without its handler is a KeyError at the start."""
    by_path: dict[str, list[Endpoint]] = {}
    sockets: list[BaseRoute] = []
    for endpoint in endpoints:
        if endpoint.method == "WEBSOCKET":
            sockets.append(WebSocketRoute(endpoint.path, _Socket(socket_handlers[endpoint.name])))
        else:
            by_path.setdefault(endpoint.path, []).append(endpoint)
    return [
        *sockets,
        *(
            Route(path, _Path({found.method: (found, handlers[found.name]) for found in several}))
            for path, several in by_path.items()
        ),
    ]


class _Path:
    """Everything that one path answers. An ASGI application, so that the router leaves the methods to it."""

    def __init__(self, methods: Mapping[str, tuple[Endpoint, Handler]]) -> None:
        self._methods = methods

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self._answer(request)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        found = self._methods.get("GET" if request.method == "HEAD" else request.method)
        if found is None:
            allowed = ", ".join(sorted({*self._methods, *({"HEAD"} if "GET" in self._methods else ())}))
            return refuse(405, "method_not_allowed", f"cannot {request.method[:16]} this", headers={"Allow": allowed})
        endpoint, handler = found
        refusal = _unfit(endpoint, request)
        if refusal is not None:
            return refusal
        try:
            if endpoint.kind == "api":
                request.scope[_GIVEN] = await _read(endpoint, request)
            return await handler(request)
        except BadRequest as error:
            return refuse(400, "bad_request", str(error))
        except Refusal as error:
            return refuse(error.status, error.kind, str(error), headers=error.headers)


def _unfit(endpoint: Endpoint, request: Request) -> Response | None:
    if endpoint.access == "open":
        return None
    viewer = viewer_of(request)
    if not suffices(viewer.role, endpoint.access):
        return refuse(403, "forbidden", f"cannot do this as {viewer.role}: it takes the role {endpoint.access}")
    if viewer.organisation is not None and not endpoint.also_bound:
        return refuse(403, "forbidden", "cannot show this to members of an organisation: it is about the whole stack")
    return None


async def _read(endpoint: Endpoint, request: Request) -> Given:
    for name, shape in endpoint.path_parameters.items():
        try:
            judge(shape, request.path_params[name], name)
        except BadRequest as error:
            raise Refusal(404, "not_found", f"cannot find this here: {error}") from error
    parameters = read_parameters(request, endpoint.parameters)
    for name in endpoint.needed:
        if name not in parameters:
            raise BadRequest(f"cannot do without the parameter {name}")
    body = None if endpoint.body is None else await read_body(request, endpoint.body)
    return Given(body=body, parameters=parameters)


class _Socket:
    """A websocket's endpoint; its handler judges and answers for itself."""

    def __init__(self, handler: SocketHandler) -> None:
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._handler(WebSocket(scope, receive, send))
