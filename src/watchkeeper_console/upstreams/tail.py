"""Log lines as they arrive: a websocket between the browser and the log store."""

from __future__ import annotations

import asyncio
from urllib.parse import urlencode

from starlette.websockets import WebSocket, WebSocketDisconnect

from watchkeeper_console.border.answers import refuse
from watchkeeper_console.border.gate import Viewer, viewer_of
from watchkeeper_console.identity.people import People
from watchkeeper_console.settings import HttpUrl
from watchkeeper_console.tenancy.confine import Confinement
from watchkeeper_console.tenancy.promql import NotConfinable

_PATH = "/loki/api/v1/tail"
_PARAMETERS = frozenset({"query", "start", "limit", "delay_for"})
_AT_MOST = 64
_LONGEST_QUERY = 32 * 1024
_LARGEST_MESSAGE_BYTES = 16 << 20
_CONNECT_WITHIN_S = 5.0
_LOOK_AT_VIEWER_EVERY_S = 10.0
_POLICY_VIOLATION = 1008
_UPSTREAM_LEFT = 1011


class _Refused(Exception):
    def __init__(self, status: int, kind: str, message: str) -> None:
        self.status = status
        self.kind = kind
        super().__init__(message)


class Tail:
    """Answers ``WEBSOCKET /api/logs/loki/api/v1/tail``. The gate has judged the sender and the origin before."""

    def __init__(self, base: HttpUrl | None, confinement: Confinement, people: People) -> None:
        self._base = base
        self._confinement = confinement
        self._people = people
        self._open = 0

    async def serve(self, socket: WebSocket) -> None:
        """Until either side leaves, or the viewer may not look any more."""
        viewer = viewer_of(socket)
        try:
            address = self._address(socket, viewer)
        except _Refused as refusal:
            await socket.send_denial_response(refuse(refusal.status, refusal.kind, str(refusal)))
            return
        self._open += 1
        try:
            await self._join(socket, address, viewer)
        finally:
            self._open -= 1

    def _address(self, socket: WebSocket, viewer: Viewer) -> str:
        if self._base is None:
            raise _Refused(404, "not_found", "cannot reach logs: it is not part of this stack")
        if self._open >= _AT_MOST:
            raise _Refused(429, "too_many_requests", "cannot follow more logs at a time")
        given = socket.query_params.multi_items()
        names = [name for name, _ in given]
        if len(set(names)) != len(names) or not _PARAMETERS.issuperset(names) or "query" not in names:
            raise _Refused(400, "bad_request", f"cannot use these parameters; known: {', '.join(sorted(_PARAMETERS))}")
        parameters = dict(given)
        if len(parameters["query"]) > _LONGEST_QUERY:
            raise _Refused(414, "too_large", "cannot pass on so long a query")
        if viewer.organisation is not None:
            try:
                parameters["query"] = self._confinement.logql(parameters["query"], viewer.organisation)
            except NotConfinable as error:
                raise _Refused(403, "forbidden", str(error)) from error
        scheme = "wss" if self._base.scheme == "https" else "ws"
        return f"{scheme}://{self._base.authority}{self._base.path}{_PATH}?{urlencode(parameters)}"

    async def _join(self, socket: WebSocket, address: str, viewer: Viewer) -> None:
        # 3 MB that only followers of logs need
        from websockets.asyncio.client import connect
        from websockets.exceptions import InvalidStatus, WebSocketException

        try:
            upstream = await connect(
                address, open_timeout=_CONNECT_WITHIN_S, max_size=_LARGEST_MESSAGE_BYTES, proxy=None, compression=None
            )
        except InvalidStatus as refusal:
            words = (refusal.response.body or b"")[:2000].decode("utf-8", "replace").strip()
            status = refusal.response.status_code
            answer = refuse(status if 400 <= status < 500 else 502, "refused", f"cannot follow this: {words or status}")
            await socket.send_denial_response(answer)
            return
        except (OSError, WebSocketException, TimeoutError) as error:
            await socket.send_denial_response(refuse(502, "unavailable", f"cannot reach logs: {type(error).__name__}"))
            return
        await socket.accept()

        async def pass_lines() -> None:
            try:
                async for message in upstream:
                    await (socket.send_text(message) if isinstance(message, str) else socket.send_bytes(message))
            except WebSocketException:
                pass
            await socket.close(_UPSTREAM_LEFT, "the log store has ended it")

        async def watch_viewer() -> None:
            while self._may_look(viewer):  # noqa: ASYNC110 - nothing tells when a session ends by itself
                await asyncio.sleep(_LOOK_AT_VIEWER_EVERY_S)
            await socket.close(_POLICY_VIOLATION, "signed out")

        async def wait_for_leaving() -> None:
            try:
                while True:
                    await socket.receive_text()
            except (WebSocketDisconnect, KeyError, RuntimeError):
                return

        works = [asyncio.ensure_future(work()) for work in (pass_lines, watch_viewer, wait_for_leaving)]
        try:
            await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for work in works:
                work.cancel()
            await asyncio.gather(*works, return_exceptions=True)
            await upstream.close()

    def _may_look(self, viewer: Viewer) -> bool:
        account = self._people.accounts.find(viewer.account)
        if account is None or account.is_disabled or account.organisation != viewer.organisation:
            return False
        if viewer.session is not None:
            return self._people.sessions.lives(viewer.session.key)
        return viewer.token is None or self._people.tokens.lives(viewer.token)
