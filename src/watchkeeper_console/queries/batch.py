"""Asks a batch's questions, a few at a time, and sends each answer as a line as soon as it is there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from watchkeeper_console.queries.question import Question, Unasked
from watchkeeper_console.settings import HttpUrl, UpstreamName
from watchkeeper_console.upstreams.client import Ask, Client, UpstreamFailed
from watchkeeper_console.upstreams.leaving import unless_the_client_leaves

_AT_ONCE = 8
_EACH_WITHIN_S = 60.0
_LARGEST_ANSWER_BYTES = 32 << 20
MEDIA_TYPE = "application/x-ndjson"


class BatchAnswer(Response):
    """``{"id", "status", "took_ms", "body"|"error"}`` lines in order of completion; stops when the client goes away."""

    def __init__(
        self, client: Client, upstreams: Mapping[UpstreamName, HttpUrl], questions: Sequence[Question | Unasked]
    ) -> None:
        self._client = client
        self._upstreams = upstreams
        self._questions = questions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await unless_the_client_leaves(receive, self._answer(send))

    async def _answer(self, send: Send) -> None:
        headers = [(b"content-type", MEDIA_TYPE.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        # The place is kept until the line is sent: a slow reader bounds what is held, and the lines do not mix.
        places, one_line = asyncio.Semaphore(_AT_ONCE), asyncio.Lock()

        async def ask_and_send(question: Question | Unasked) -> None:
            async with places:
                line = await self._line(question)
                async with one_line:
                    await send({"type": "http.response.body", "body": line, "more_body": True})

        async with asyncio.TaskGroup() as group:
            for question in self._questions:
                group.create_task(ask_and_send(question))
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _line(self, question: Question | Unasked) -> bytes:
        if isinstance(question, Unasked):
            return _failure(question.id, question.status, 0.0, question.words)
        base = self._upstreams.get(question.upstream)
        if base is None:
            return _failure(question.id, 404, 0.0, f"cannot reach {question.upstream}: it is not part of this stack")
        ask = Ask(
            name=question.upstream,
            base=base,
            method="POST",
            target=question.path.encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json", **question.headers},
            body=question.body(),
            within_s=_EACH_WITHIN_S,
        )
        began_at = asyncio.get_running_loop().time()
        try:
            answer = await self._client.whole(ask, largest_bytes=_LARGEST_ANSWER_BYTES)
        except UpstreamFailed as failure:
            took_s = asyncio.get_running_loop().time() - began_at
            return _failure(question.id, 504 if failure.kind == "timeout" else 502, took_s, str(failure))
        body = answer.body
        if answer.status != 200:
            return _failure(question.id, _status(answer.status), answer.took_s, _words(body, answer.status))
        if not body.lstrip().startswith(b"{") or not body.rstrip().endswith(b"}"):
            return _failure(question.id, 502, answer.took_s, f"cannot use the answer of {question.upstream}: it is not JSON")
        # A line break in JSON is only ever space between its parts.
        one_line = body.replace(b"\n", b" ").replace(b"\r", b" ") if b"\n" in body or b"\r" in body else body
        head = f'{{"id":{json.dumps(question.id)},"status":200,"took_ms":{answer.took_s * 1000:.1f},"body":'
        return b"".join((head.encode(), one_line, b"}\n"))


def _status(status: int) -> int:
    """A redirect is no answer that anybody here could use."""
    return status if status >= 400 else 502


def _failure(id_: str, status: int, took_s: float, words: str) -> bytes:
    return json.dumps({"id": id_, "status": status, "took_ms": round(took_s * 1000, 1), "error": words}).encode() + b"\n"


def _words(body: bytes, status: int) -> str:
    """The upstream's own: Prometheus' envelope, or Loki's plain text."""
    try:
        told = json.loads(body)
        words = told["error"] if "error" in told else told["message"]
    except (ValueError, KeyError, TypeError, RecursionError):
        words = body[:2000].decode("utf-8", "replace").strip()
    return str(words) or f"HTTP {status}"
