"""How much a client may send, and how slowly."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from watchkeeper_console.border.answers import refuse

LARGEST_BODY_BYTES = 1 << 20
_PART_WITHIN_S = 10.0


class _TooMuch(Exception):
    pass


class BodyLimit:
    """Answers 413 to a body over 1 MiB and 408 to one that stalls for 10 s, before or while it is read.

    ``larger``: the paths that may take more, with their own limits in bytes.
    """

    def __init__(self, app: ASGIApp, larger: Mapping[str, int] | None = None) -> None:
        self._app = app
        self._larger = larger or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        largest_bytes = self._larger.get(scope["path"], LARGEST_BODY_BYTES)
        received_bytes, is_complete, has_begun = 0, False, False

        async def receive_bounded() -> Message:
            nonlocal received_bytes, is_complete
            if is_complete:  # only waiting for the client to leave; that may take as long as it likes
                return await receive()
            async with asyncio.timeout(_PART_WITHIN_S):
                message = await receive()
            received_bytes += len(message.get("body", b""))
            is_complete = not message.get("more_body", False)
            if received_bytes > largest_bytes:
                raise _TooMuch
            return message

        async def send_noting(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        too_large = refuse(413, "too_large", f"cannot take a body over {largest_bytes} bytes", headers={"Connection": "close"})
        declared = Headers(scope=scope).get("content-length", "0")
        if not declared.isascii() or not declared.isdigit() or int(declared) > largest_bytes:
            await too_large(scope, receive, send)
            return
        try:
            await self._app(scope, receive_bounded, send_noting)
        except _TooMuch:
            if has_begun:
                raise
            await too_large(scope, receive, send)
        except TimeoutError:
            if has_begun or is_complete:
                raise
            await refuse(408, "too_slow", "cannot wait any longer for the body", headers={"Connection": "close"})(
                scope, receive, send
            )
