"""The proxy's work for people who are bound to an organisation: their requests confined, their answers cut down."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from starlette.responses import JSONResponse, Response

from watchkeeper_console.border.answers import refuse_to_pass
from watchkeeper_console.tenancy.confine import Confinement, Forbidden, read_form, write_form
from watchkeeper_console.tenancy.promql import NotConfinable
from watchkeeper_console.tenancy.views import Unreadable, cut, is_own, with_own
from watchkeeper_console.upstreams.allowed import Allowed
from watchkeeper_console.upstreams.client import Answer, Ask, Client, UpstreamFailed, parsed

_FORM = "application/x-www-form-urlencoded"
_ANSWER_TYPES = frozenset({"application/json", "text/plain", "application/x-protobuf", "application/vnd.google.protobuf"})
_SILENCE = "/api/v2/silence/"


class BoundProxy:
    """Confines by the table in ``tenancy.confine``."""

    def __init__(self, client: Client, confinement: Confinement) -> None:
        self._client = client
        self._confinement = confinement

    async def answer(self, allowed: Allowed, ask: Ask, query: bytes, organisation: str) -> Response | Ask:
        """What to answer, or what to ask instead, whose answer may be passed back as it is.

        Raises Forbidden, NotConfinable and UpstreamFailed.
        """
        treatment = self._confinement.treatment(allowed.upstream, allowed.pattern)
        if treatment in {"silences", "silence"} and ask.method in {"POST", "DELETE"}:
            return await self._change_silence(ask, organisation)
        if ask.method == "POST" and not _is_form(ask):
            raise NotConfinable("cannot read this body: send a form")
        given = read_form(query, ask.body if ask.method == "POST" else b"")
        form = write_form(self._confinement.parameters(treatment, given, organisation))
        path = allowed.path.encode()
        if ask.method == "POST":
            confined = replace(ask, target=path, body=form)
        else:
            confined = replace(ask, target=path + (b"?" + form if form else b""), body=b"")
        if treatment == "silence":
            return JSONResponse(await self._own_silence(confined, organisation))
        if treatment not in {"metrics' rules", "metrics' alerts", "alerts", "alert groups", "silences"}:
            return confined
        told = parsed(allowed.upstream, await self._client.whole(_plainly(confined)))
        try:
            return JSONResponse(cut(treatment, told, self._confinement.label, organisation))
        except Unreadable as error:
            raise UpstreamFailed("refused", f"cannot use the answer of {allowed.upstream}: it has another shape") from error

    async def _own_silence(self, ask: Ask, organisation: str) -> Any:
        answer = await self._client.whole(_plainly(ask))
        if answer.status == 404:
            raise Forbidden("cannot find a silence of your organisation by this id")
        silence = parsed("alertmanager", answer)
        try:
            own = is_own(silence, self._confinement.label, organisation)
        except (KeyError, TypeError, AttributeError):
            own = False
        if not own:
            raise Forbidden("cannot find a silence of your organisation by this id")
        return silence

    async def _change_silence(self, ask: Ask, organisation: str) -> Response:
        """End one of the organisation's own, or make one that mutes its own alerts only."""
        path = ask.target.partition(b"?")[0]
        if ask.method == "DELETE":
            await self._own_silence(replace(ask, method="GET", target=path, body=b""), organisation)
            return passed_back(await self._client.whole(replace(ask, target=path, body=b"")))
        try:
            silence = with_own(json.loads(ask.body), self._confinement.label, organisation)
        except (Unreadable, ValueError, RecursionError) as error:
            raise NotConfinable("cannot read this silence") from error
        if silence.get("id"):
            if not isinstance(silence["id"], str) or not all(sign in "0123456789abcdef-" for sign in silence["id"]):
                raise NotConfinable("cannot read this silence's id")
            before = replace(ask, method="GET", target=(_SILENCE + silence["id"]).encode(), body=b"")
            await self._own_silence(before, organisation)
        return passed_back(await self._client.whole(replace(ask, target=path, body=json.dumps(silence).encode())))


def _is_form(ask: Ask) -> bool:
    return ask.headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM


def _plainly(ask: Ask) -> Ask:
    """Asked for an answer that can be read here."""
    return replace(ask, headers={"Accept": "application/json", **({"Content-Type": _FORM} if ask.body else {})})


def passed_back(answer: Answer) -> Response:
    """A whole answer of an upstream as ours."""
    if 300 <= answer.status < 400:
        raise UpstreamFailed("refused", "cannot use the answer: it redirects elsewhere")
    headers = {name: answer.headers[name] for name in ("content-encoding", "retry-after") if name in answer.headers}
    kind = answer_type(answer.headers.get("content-type", "").encode("latin-1")).decode("latin-1")
    return Response(answer.body, status_code=answer.status, headers={**headers, "Content-Type": kind})


def unanswered(error: UpstreamFailed, upstream: str) -> Response:
    """502 or 504 that names the upstream."""
    return refuse_to_pass(504 if error.kind == "timeout" else 502, error.kind, str(error), upstream=upstream)


def answer_type(given: bytes) -> bytes:
    """The upstream's own type where it is plain data; nothing that a browser would run or draw comes through."""
    essence = given.decode("latin-1").partition(";")[0].strip().lower()
    return given if essence in _ANSWER_TYPES else b"application/octet-stream"
