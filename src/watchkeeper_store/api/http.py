"""Requests and responses over ASGI, as little as this API needs: a framework would cost memory in every process."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

ASGI = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[ASGI]]
Send = Callable[[ASGI], Awaitable[None]]
JSON = "application/json; charset=UTF-8"
TEXT = "text/plain; charset=utf-8"


class BodyTooLarge(Exception):
    """The client sends more than is allowed."""


class ClientGone(Exception):
    """The client closed the connection before the end of its request."""


class HttpError(Exception):
    """An answer other than success; the text is the body, as Loki's clients expect it."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True)
class Response:
    body: bytes = b""
    status: int = 200
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()
    parts: AsyncGenerator[bytes, None] | None = None
    """A body that is made while it is sent, instead of ``body``."""


@dataclass(slots=True)
class Request:
    """One request; parameters of the query string and of a form body are alike, in the order given."""

    method: str
    path: str
    headers: dict[str, str]
    parameters: dict[str, list[str]]
    body: bytes = b""
    path_values: dict[str, str] = field(default_factory=dict)
    client: str = ""
    """The address that the request came from."""

    def one(self, name: str, default: str = "") -> str:
        """The first value of a parameter; an empty one counts as absent."""
        return next((value for value in self.parameters.get(name, ()) if value), default)

    def every(self, *names: str) -> list[str]:
        return [value for name in names for value in self.parameters.get(name, ()) if value]


def request_of(scope: ASGI) -> Request:
    """The head of a request."""
    request = Request(
        method=scope["method"],
        path=scope["path"],
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
        parameters={},
        client=(scope.get("client") or ("",))[0],
    )
    add_parameters(request, scope["query_string"].decode("latin-1"))
    return request


def add_parameters(request: Request, encoded: str) -> None:
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        request.parameters.setdefault(name, []).append(value)


async def read_body(receive: Receive, most_bytes: int) -> bytes:
    """The whole body. Raises BodyTooLarge as soon as it is, and ClientGone."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        part = message.get("body", b"")
        size += len(part)
        if size > most_bytes:
            raise BodyTooLarge
        parts.append(part)
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


async def send_response(
    send: Send, response: Response, *, with_body: bool = True, is_gone: Callable[[], bool] = lambda: False
) -> None:
    """Send an answer. One that is made while it is sent ends where ``is_gone`` says that nobody takes it any more."""
    has_length = response.status != 204 and response.parts is None
    headers = [(b"content-length", str(len(response.body)).encode())] if has_length else []
    if response.body or response.parts is not None:
        headers.append((b"content-type", response.content_type.encode()))
        headers.append((b"x-content-type-options", b"nosniff"))
    headers += [(name.lower().encode(), value.encode()) for name, value in response.headers]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    if with_body and response.parts is not None:
        async with aclosing(response.parts) as parts:
            async for part in parts:
                if is_gone():
                    return
                await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": response.body if with_body else b""})
