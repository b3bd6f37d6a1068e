"""The authenticated proxy: a permitted request goes to its upstream, and the answer streams back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

import httpcore
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from watchkeeper_console.border.answers import refuse_to_pass
from watchkeeper_console.border.gate import client_address, viewer_of
from watchkeeper_console.identity.audit import Audit
from watchkeeper_console.logfmt import say
from watchkeeper_console.settings import HttpUrl, UpstreamName
from watchkeeper_console.tenancy.confine import Confinement, Forbidden
from watchkeeper_console.tenancy.promql import NotConfinable
from watchkeeper_console.upstreams.allowed import LONGEST_QUERY_BYTES, Refused, decide
from watchkeeper_console.upstreams.bound import BoundProxy, answer_type, passed_back, unanswered
from watchkeeper_console.upstreams.client import LARGEST_ANSWER_BYTES, Ask, Client, UpstreamFailed
from watchkeeper_console.upstreams.leaving import unless_the_client_leaves

_HEAD_WITHIN_S = 60.0
_ALL_WITHIN_S = 120.0
# Lists of what passes, not of what is dropped: our cookie, Authorization and every hop-by-hop header stay here, and so does
# a tenant header that the browser might send.
_REQUEST_HEADERS = ("accept", "accept-encoding", "content-type", "x-loki-response-encoding-flags")
_ANSWER_HEADERS = ("content-encoding", "content-length", "retry-after", "vary")


class Proxy:
    """Answers ``/api/{prometheus,alertmanager,logs,tempo}/…``."""

    def __init__(
        self, client: Client, upstreams: Mapping[UpstreamName, HttpUrl], confinement: Confinement, audit: Audit
    ) -> None:
        self._client = client
        self._upstreams = upstreams
        self._bound = BoundProxy(client, confinement)
        self._audit = audit

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
        viewer = viewer_of(request)
        is_change = decision.upstream == "alertmanager" and request.method not in {"GET", "HEAD"}
        try:
            if viewer.organisation is not None:
                confined = await self._bound.answer(decision, ask, query, viewer.organisation)
                response = confined if isinstance(confined, Response) else _Forwarded(self._client, confined)
            elif is_change:
                response = passed_back(await self._client.whole(ask))
            else:
                return _Forwarded(self._client, ask)
        except UpstreamFailed as failure:
            return unanswered(failure, decision.upstream)
        except (Forbidden, NotConfinable) as error:
            return refuse_to_pass(403, "forbidden", str(error))
        if is_change:
            self._audit.note(
                "silence.save" if request.method == "POST" else "silence.end",
                actor=viewer.account,
                address=client_address(request),
                subject=decision.path.rpartition("/")[2] if request.method == "DELETE" else "",
                outcome="done" if response.status_code < 300 else "refused",
                detail=_comment(ask.body),
            )
        return response


def _comment(body: bytes) -> str:
    """What the author of a silence wrote."""
    try:
        told = json.loads(body)
        return f"{told['comment']} ({', '.join(str(matcher['name']) for matcher in told['matchers'])})"
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


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
        headers.append((b"content-type", answer_type(given.get("content-type", b""))))
        self._has_begun = True
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        sent_bytes = 0
        async for part in answer.aiter_stream():
            sent_bytes += len(part)
            if sent_bytes > LARGEST_ANSWER_BYTES:
                raise UpstreamFailed("refused", f"cannot pass on more than {LARGEST_ANSWER_BYTES} bytes")
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
