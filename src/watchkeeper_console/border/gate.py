"""The gate: every request has a known sender, or is for one of the few things that anybody may see."""

from __future__ import annotations

import base64
import binascii
import hmac
import math
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from watchkeeper_console.border.answers import refuse
from watchkeeper_console.border.cookies import Cookies
from watchkeeper_console.border.next_path import safe_next
from watchkeeper_console.border.origins import is_from_elsewhere
from watchkeeper_console.identity.database import Clock
from watchkeeper_console.identity.sessions import Found, Session, Sessions
from watchkeeper_console.identity.sign_in import Accepted, Attempt, SignIn, TooSoon
from watchkeeper_console.settings import HttpUrl

OPEN_PATHS = frozenset({"/login", "/api/health", "/-/healthy", "/-/ready", "/metrics", "/robots.txt"})
"""What anybody may ask for, apart from the files under OPEN_PREFIX; none of it tells anything about the stack's data."""
OPEN_PREFIX = "/static/"
TOKEN_HEADER = "X-Watchkeeper-Token"  # noqa: S105 - a header's name
BACKGROUND_HEADER = "X-Watchkeeper-Background"
_SAFE_METHODS = frozenset({"GET", "HEAD"})
_VIEWER = "watchkeeper_console.viewer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who asks. ``session`` is None for a program that sends its credentials with every request."""

    account: str
    session: Session | None


@dataclass(frozen=True, slots=True)
class _Admitted:
    viewer: Viewer
    new_id: str | None = None


_Decision: TypeAlias = "_Admitted | Response"


def viewer_of(connection: HTTPConnection) -> Viewer:
    """The sender of a request that has passed the gate."""
    viewer = connection.scope[_VIEWER]
    assert isinstance(viewer, Viewer)  # noqa: S101 - a route outside the gate asks for this only by mistake
    return viewer


def client_address(connection: HTTPConnection) -> str:
    """The address at the other end of the connection. No forwarding header is believed: anybody can write one."""
    return connection.client.host if connection.client else ""


class Gate:
    """Finds the sender by session cookie, or on ``/api/`` by HTTP basic auth; refuses everybody else."""

    def __init__(
        self, app: ASGIApp, *, sessions: Sessions, sign_in: SignIn, cookies: Cookies, public_url: HttpUrl, now: Clock
    ) -> None:
        self._app = app
        self._sessions = sessions
        self._sign_in = sign_in
        self._cookies = cookies
        self._public_url = public_url
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["path"] in OPEN_PATHS or scope["path"].startswith(OPEN_PREFIX):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        decision = await self._decide(connection, scope["method"])
        if isinstance(decision, Response):
            await decision(scope, receive, send)
            return
        scope[_VIEWER] = decision.viewer
        await self._app(scope, receive, self._with_new_id(send, decision))

    async def _decide(self, connection: HTTPConnection, method: str) -> _Decision:
        is_api = connection.scope["path"].startswith("/api/")
        if is_api and "authorization" in connection.headers:
            decision = await self._by_credentials(connection)
            token_is_needed = False
        else:
            decision = self._by_session(connection, method, is_api=is_api)
            token_is_needed = True
        if isinstance(decision, Response) or method in _SAFE_METHODS:
            return decision
        if is_from_elsewhere(connection.headers, self._public_url):
            return refuse(403, "forbidden", "cannot accept this from a page of another origin")
        if token_is_needed and not self._has_token(connection.headers, decision.viewer):
            return refuse(403, "forbidden", f"cannot change anything without the session's token in {TOKEN_HEADER}")
        return decision

    def _has_token(self, headers: Headers, viewer: Viewer) -> bool:
        if viewer.session is None:
            return False
        expected = self._sessions.form_token(viewer.session.key)
        return hmac.compare_digest(headers.get(TOKEN_HEADER, "").encode(), expected.encode())

    def _by_session(self, connection: HTTPConnection, method: str, *, is_api: bool) -> _Decision:
        session_id = connection.cookies.get(self._cookies.session, "")
        by_person = BACKGROUND_HEADER not in connection.headers
        found: Found | None = self._sessions.find(session_id, by_person=by_person) if session_id else None
        if found is not None:
            return _Admitted(Viewer(account=found.session.account, session=found.session), found.new_id)
        if not is_api and method in _SAFE_METHODS and "text/html" in connection.headers.get("accept", ""):
            wanted = safe_next(_as_asked(connection))
            return RedirectResponse("/login" if wanted == "/" else f"/login?next={quote(wanted, safe='/')}", status_code=303)
        return _unauthorized(connection.headers)

    async def _by_credentials(self, connection: HTTPConnection) -> _Decision:
        pair = basic_credentials(connection.headers.get("authorization", ""))
        if pair is None:
            return _unauthorized(connection.headers)
        attempt = Attempt(account=pair[0], password=pair[1], address=client_address(connection))
        judgement = await self._sign_in.judge_again(attempt)
        if isinstance(judgement, Accepted):
            return _Admitted(Viewer(account=judgement.account, session=None))
        if isinstance(judgement, TooSoon):
            wait = str(math.ceil(judgement.wait_s))
            return refuse(429, "too_many_requests", "cannot look at this yet: too many failures", headers={"Retry-After": wait})
        return _unauthorized(connection.headers)

    def _with_new_id(self, send: Send, admitted: _Admitted) -> Send:
        session = admitted.viewer.session
        if admitted.new_id is None or session is None:
            return send
        cookie = self._cookies.keep(self._cookies.session, admitted.new_id, session.ends_at - self._now())

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                # Not where the route itself sets the cookie: signing out must win over rotation.
                if not any(value.startswith(self._cookies.session + "=") for value in headers.getlist("set-cookie")):
                    headers.append("Set-Cookie", cookie)
            await send(message)

        return send_with_cookie


def _as_asked(connection: HTTPConnection) -> str:
    """Path and query as they came, still encoded. Text that is no URL becomes the start page later."""
    path, query = connection.scope["raw_path"], connection.scope["query_string"]
    return bytes(path + (b"?" + query if query else b"")).decode("ascii", "replace")


def basic_credentials(header: str) -> tuple[str, str] | None:
    """User and password of a ``Basic`` Authorization header, or None."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        return None
    return (user, password) if colon else None


def _unauthorized(headers: Headers) -> Response:
    # A browser would open its own password box for this challenge, and then send what was typed with every request from
    # any page; browsers are recognised by the headers that only they send.
    is_browser = "sec-fetch-mode" in headers or "sec-fetch-site" in headers
    challenge = None if is_browser else {"WWW-Authenticate": 'Basic realm="watchkeeper", charset="UTF-8"'}
    return refuse(401, "unauthorized", "cannot answer before you sign in", headers=challenge)
