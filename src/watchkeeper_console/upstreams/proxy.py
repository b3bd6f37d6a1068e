"""The authenticated proxy: a permitted request goes to its upstream, and the answer streams back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import httpcore
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from watchkeeper_console.border.answers import refuse_to_pass
from watchkeeper_console.logfmt import say
from watchkeeper_console.settings import HttpUrl, UpstreamName
from watchkeeper_console.upstreams.allowed import LONGEST_QUERY_BYTES, Refused, decide
from watchkeeper_console.upstreams.client import LARGEST_ANSWER_BYTES, Ask, Client, UpstreamFailed
from watchkeeper_console.upstreams.leaving import unless_the_client_leaves

_HEAD_WITHIN_S = 60.0
_ALL_WITHIN_S = 120.0
# Lists of what passes, not of what is dropped: our cookie, Authorization and every hop-by-hop header stay here, and so does
# a tenant header that the browser might send.
_REQUEST_HEADERS = ("accept", "accept-encoding", "content-type", "x-loki-response-encoding-flags")
_ANSWER_HEADERS = ("content-encoding", "content-length", "retry-after", "vary")
_ANSWER_TYPES = frozenset({"application/json", "text/plain", "application/x-protobuf", "application/vnd.google.protobuf"})


class Proxy:
    """Answers ``/api/{prometheus,alertmanager,logs}/…``."""

    def __init__(self, client: Client, upstreams: Mapping[UpstreamName, HttpUrl]) -> None:
        self._client = client
        self._upstreams = upstreams

    async def forward(self, request: Request) -> Response:
        """The upstream's answer, or a refusal of our own."""
        decision = decide(request.method, request.scope["raw_path"])
        if isinstance(decision, Refused):
            if decision.status == 405:
                allow = {"Allow": ", ".join(decision.methods)}
                return refuse_to_pass(405, "method_not_allowed", f"cannot {request.method} this", headers=allow)
            return refuse_to_pass(404, "not_found", "cannot pass this on: only reading paths of the upstreams' APIs are open")
        base = self._upstreams.get(decision.upstream)
        if base is None:
            message = f"cannot reach {decision.upstream}: it is not part of this stack"
            return refuse_to_pass(404, "not_found", message, upstream=decision.upstream)
        query: bytes = request.scope["query_string"]
        if len(query) > LONGEST_QUERY_BYTES:
            return refuse_to_pass(414, "too_large", "cannot pass on so long a query; send it as a POST form")
        ask = Ask(
            name=decision.upstream,
            base=base,
            method=request.method,
            target=decision.path.encode() + (b"?" + query if query else b""),
            headers={name: request.headers[name] for name in _REQUEST_HEADERS if name in request.headers},
            body=await request.body(),
            within_s=_HEAD_WITHIN_S,
        )
        return _Forwarded(self._client, ask)


class _Forwarded(Response):
    """A response that asks the upstream when it is sent, so that request and answer live and end together."""

    def __init__(self, client: Client, ask: Ask) -> None:
        self._client = client
        self._ask = ask
        self._has_begun = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await unless_the_client_leaves(receive, self._pass(scope, receive, send))

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with (
                asyncio.timeout(_ALL_WITHIN_S),
                self._client.stream(self._ask) as answer,
            ):
                await self._pass_back(answer, send)
        except (UpstreamFailed, TimeoutError) as error:
            if self._has_begun:
                # The answer is left incomplete and the server closes the connection: the only way left to say so.
                say("an answer broke off", level=30, upstream=self._ask.name, reason=error)
                return
            failure = (
                error if isinstance(error, UpstreamFailed) else UpstreamFailed("timeout", f"cannot wait for {self._ask.name}")
            )
            await unanswered(failure, self._ask.name)(scope, receive, send)

    async def _pass_back(self, answer: httpcore.Response, send: Send) -> None:
        given = {name.decode("latin-1").lower(): value for name, value in answer.headers}
        if 300 <= answer.status < 400:
            raise UpstreamFailed("refused", f"cannot use the answer of {self._ask.name}: it redirects elsewhere")
        headers = [(name.encode(), given[name]) for name in _ANSWER_HEADERS if name in given]
        headers.append((b"content-type", _answer_type(given.get("content-type", b""))))
        self._has_begun = True
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        sent_bytes = 0
        async for part in answer.aiter_stream():
            sent_bytes += len(part)
            if sent_bytes > LARGEST_ANSWER_BYTES:
                raise UpstreamFailed("refused", f"cannot pass on more than {LARGEST_ANSWER_BYTES} bytes")
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def unanswered(error: UpstreamFailed, upstream: str) -> Response:
    """502 or 504 that names the upstream."""
    return refuse_to_pass(504 if error.kind == "timeout" else 502, error.kind, str(error), upstream=upstream)


def _answer_type(given: bytes) -> bytes:
    """The upstream's own type where it is plain data; nothing that a browser would run or draw comes through."""
    essence = given.decode("latin-1").partition(";")[0].strip().lower()
    return given if essence in _ANSWER_TYPES else b"application/octet-stream"
