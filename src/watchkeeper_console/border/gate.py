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
from watchkeeper_console.identity.accounts import Account, Source
from watchkeeper_console.identity.database import Clock
from watchkeeper_console.identity.people import People
from watchkeeper_console.identity.roles import Role, lesser
from watchkeeper_console.identity.sessions import Found, Session
from watchkeeper_console.identity.sign_in import Accepted, Attempt, TooSoon
from watchkeeper_console.settings import HttpUrl

OPEN_PREFIX = "/static/"
"""The files of the pages, which anybody may read."""
TOKEN_HEADER = "X-Watchkeeper-Token"  # noqa: S105 - a header's name
BACKGROUND_HEADER = "X-Watchkeeper-Background"
_SAFE_METHODS = frozenset({"GET", "HEAD"})
_VIEWER = "watchkeeper_console.viewer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who asks. ``session`` is None for a program that sends its credentials with every request.

    ``role`` is what this request may do: the account's, or less where a token says so. ``organisation``: the only one whose
    data may be shown; None shows everything.
    """

    account: str
    role: Role
    organisation: str | None
    source: Source
    session: Session | None
    token: str | None = None
    """The id of the API token, where the request came with one."""


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
    """Finds the sender by session cookie, or on ``/api/`` by an API token or HTTP basic auth; refuses everybody else.

    ``open_paths`` are for anybody, apart from the files under OPEN_PREFIX; none of them tells anything about the stack's data.
    """

    def __init__(
        self, app: ASGIApp, *, people: People, cookies: Cookies, public_url: HttpUrl, open_paths: frozenset[str], now: Clock
    ) -> None:
        self._app = app
        self._people = people
        self._cookies = cookies
        self._public_url = public_url
        self._open_paths = open_paths
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        if scope["path"] in self._open_paths or scope["path"].startswith(OPEN_PREFIX):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        decision = await self._decide(connection, scope.get("method", "WEBSOCKET"))
        if isinstance(decision, Response):
            await decision(scope, receive, send)
            return
        scope[_VIEWER] = decision.viewer
        # A websocket's answer is not the place for a new id: the browser's page will fetch it with its next request.
        await self._app(scope, receive, self._with_new_id(send, decision) if scope["type"] == "http" else send)

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
        if method == "WEBSOCKET":
            return self._checked_socket(connection, decision)
        if is_from_elsewhere(connection.headers, self._public_url):
            return refuse(403, "forbidden", "cannot accept this from a page of another origin")
        if token_is_needed and not self._has_token(connection.headers, decision.viewer):
            return refuse(403, "forbidden", f"cannot change anything without the session's token in {TOKEN_HEADER}")
        return decision

    def _checked_socket(self, connection: HTTPConnection, admitted: _Admitted) -> _Decision:
        """Any page may open a websocket to anywhere, with cookies but without our token: the origin must be ours."""
        is_named = "origin" in connection.headers
        if is_from_elsewhere(connection.headers, self._public_url) or (admitted.viewer.session is not None and not is_named):
            return refuse(403, "forbidden", "cannot open a websocket for a page of another origin")
        return admitted

    def _has_token(self, headers: Headers, viewer: Viewer) -> bool:
        if viewer.session is None:
            return False
        expected = self._people.sessions.form_token(viewer.session.key)
        return hmac.compare_digest(headers.get(TOKEN_HEADER, "").encode(), expected.encode())

    def _by_session(self, connection: HTTPConnection, method: str, *, is_api: bool) -> _Decision:
        session_id = connection.cookies.get(self._cookies.session, "")
        by_person = BACKGROUND_HEADER not in connection.headers
        found: Found | None = self._people.sessions.find(session_id, by_person=by_person) if session_id else None
        account = self._people.accounts.find(found.session.account) if found is not None else None
        if found is not None and account is not None and not account.is_disabled:
            return _Admitted(_viewer(account, session=found.session), found.new_id)
        if not is_api and method in _SAFE_METHODS and "text/html" in connection.headers.get("accept", ""):
            wanted = safe_next(_as_asked(connection))
            return RedirectResponse("/login" if wanted == "/" else f"/login?next={quote(wanted, safe='/')}", status_code=303)
        return _unauthorized(connection.headers)

    async def _by_credentials(self, connection: HTTPConnection) -> _Decision:
        header = connection.headers.get("authorization", "")
        scheme, _, rest = header.partition(" ")
        if scheme.lower() == "bearer":
            return self._by_token(connection, rest.strip())
        pair = basic_credentials(header)
        if pair is None:
            return _unauthorized(connection.headers)
        address = client_address(connection)
        judgement = await self._people.sign_in.judge_again(Attempt(account=pair[0], password=pair[1], address=address))
        if isinstance(judgement, TooSoon):
            wait = str(math.ceil(judgement.wait_s))
            return refuse(429, "too_many_requests", "cannot look at this yet: too many failures", headers={"Retry-After": wait})
        account = self._people.accounts.find(judgement.account) if isinstance(judgement, Accepted) else None
        if account is not None and not account.is_disabled:
            return _Admitted(_viewer(account))
        self._people.audit.note("sign_in", actor=pair[0], address=address, outcome="refused", detail="HTTP basic auth")
        return _unauthorized(connection.headers)

    def _by_token(self, connection: HTTPConnection, text: str) -> _Decision:
        token = self._people.tokens.find(text)
        account = self._people.accounts.find(token.account) if token is not None else None
        if token is None or account is None or account.is_disabled:
            return _unauthorized(connection.headers)
        return _Admitted(_viewer(account, role=lesser(account.role, token.role), token=token.id))

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


def _viewer(account: Account, *, role: Role | None = None, session: Session | None = None, token: str | None = None) -> Viewer:
    return Viewer(
        account=account.name,
        role=role or account.role,
        organisation=account.organisation,
        source=account.source,
        session=session,
        token=token,
    )


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
