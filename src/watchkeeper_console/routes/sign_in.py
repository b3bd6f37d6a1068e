"""The sign-in page and its API, and signing out."""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import re
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from watchkeeper_console.border.answers import refuse
from watchkeeper_console.border.cookies import Cookies
from watchkeeper_console.border.gate import client_address, viewer_of
from watchkeeper_console.border.next_path import safe_next
from watchkeeper_console.border.origins import is_from_elsewhere
from watchkeeper_console.identity.people import People
from watchkeeper_console.identity.sign_in import Accepted, Attempt, Judgement, TooSoon
from watchkeeper_console.interface.dispatch import given_to
from watchkeeper_console.metrics import Metrics
from watchkeeper_console.routes.files import Files
from watchkeeper_console.settings import Settings

_NONCE = re.compile(r"[A-Za-z0-9_-]{22,64}")
_FORM_LIFE_S = 3600.0
_WRONG = "That user and password do not belong together."
_STALE = "This page was open for too long, or cookies are off. Please try again."


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInRoutes:
    """Handlers that need to know who signs in, and with which form."""

    settings: Settings
    files: Files
    people: People
    cookies: Cookies
    metrics: Metrics

    async def show(self, request: Request) -> Response:
        """``GET /login``."""
        wanted = safe_next(request.query_params.get("next", "/"))
        session_id = request.cookies.get(self.cookies.session, "")
        if session_id and self.people.sessions.find(session_id, by_person=False) is not None:
            return RedirectResponse(wanted, status_code=303)
        return self.page(request, wanted)

    async def submit(self, request: Request) -> Response:
        """``POST /login``: a form from our page (answered with pages), or JSON from a program (answered with JSON)."""
        if is_from_elsewhere(request.headers, self.settings.public_url):
            return refuse(403, "forbidden", "cannot sign in from a page of another origin")
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        body = await request.body()
        if kind == "application/json":
            # No form token here: a page elsewhere cannot send this type without asking first, and we never agree.
            return await self._submit_json(request, body)
        if kind != "application/x-www-form-urlencoded":
            return refuse(415, "unsupported", "cannot read this body; send a form or JSON with user and password")
        return await self._submit_form(request, body)

    async def _submit_json(self, request: Request, body: bytes) -> Response:
        try:
            given = json.loads(body)
            user, password = given["user"], given["password"]
        except (ValueError, KeyError, TypeError, RecursionError):
            user = password = None
        if not isinstance(user, str) or not isinstance(password, str):
            return refuse(400, "bad_request", 'cannot read the body; send {"user": "…", "password": "…"}')
        judgement = await self._judge(request, user, password)
        if isinstance(judgement, Accepted):
            return self._signed_in(request, judgement, JSONResponse({"status": "success", "message": "signed in"}))
        if isinstance(judgement, TooSoon):
            wait = {"Retry-After": str(math.ceil(judgement.wait_s))}
            return refuse(429, "too_many_requests", "cannot look at this yet: too many failures", headers=wait)
        return refuse(401, "unauthorized", "cannot sign in: the user and the password do not belong together")

    async def _submit_form(self, request: Request, body: bytes) -> Response:
        try:
            fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=10)
        except ValueError:
            return refuse(400, "bad_request", "cannot read the form")
        given = {name: values[-1] for name, values in fields.items()}
        wanted, user = safe_next(given.get("next", "/")), given.get("user", "")
        nonce = request.cookies.get(self.cookies.form, "")
        if not nonce or not hmac.compare_digest(self._form_token(nonce).encode(), given.get("token", "").encode()):
            return self.page(request, wanted, message=_STALE, user=user, status=403)
        judgement = await self._judge(request, user, given.get("password", ""))
        if isinstance(judgement, Accepted):
            response = self._signed_in(request, judgement, RedirectResponse(wanted, status_code=303))
            response.headers.append("Set-Cookie", self.cookies.drop(self.cookies.form))
            return response
        if isinstance(judgement, TooSoon):
            wait_s = math.ceil(judgement.wait_s)
            unit = "second" if wait_s == 1 else "seconds"
            response = self.page(
                request,
                wanted,
                message=f"Too many attempts. Try again in {wait_s} {unit}.",
                user=user,
                status=429,
                wait_s=wait_s,
            )
            response.headers["Retry-After"] = str(wait_s)
            return response
        return self.page(request, wanted, message=_WRONG, user=user, status=401)

    async def _judge(self, request: Request, user: str, password: str) -> Judgement:
        judgement = await self.people.sign_in.judge(
            Attempt(
                account=user,
                password=password,
                address=client_address(request),
                device=request.cookies.get(self.cookies.device, ""),
            )
        )
        outcome = (
            "accepted" if isinstance(judgement, Accepted) else "too_soon" if isinstance(judgement, TooSoon) else "rejected"
        )
        self.metrics.sign_ins.labels(outcome).inc()
        if outcome != "too_soon":  # guessing must not flush the log
            self.people.audit.note(
                "sign_in", actor=user, address=client_address(request), outcome="done" if outcome == "accepted" else "refused"
            )
        return judgement

    def _signed_in(self, request: Request, judgement: Accepted, response: Response) -> Response:
        self.enter(request, judgement.account, response)
        response.headers.append("Set-Cookie", self.cookies.keep_device(judgement.device))
        return response

    def enter(self, request: Request, account: str, response: Response) -> None:
        """Begin a session of ``account`` under an id that nobody has seen; the one of before ends."""
        before = request.cookies.get(self.cookies.session, "")
        if before:
            self.people.sessions.end_by_id(before)
        session_id = self.people.sessions.begin(account)
        response.headers.append(
            "Set-Cookie", self.cookies.keep(self.cookies.session, session_id, self.settings.session.absolute_s)
        )

    def _form_token(self, nonce: str) -> str:
        return hmac.new(self.people.secret, b"sign-in form\0" + nonce.encode(), hashlib.sha256).hexdigest()

    def page(
        self, request: Request, wanted: str, *, message: str = "", user: str = "", status: int = 200, wait_s: int = 0
    ) -> Response:
        """The sign-in page, with what went wrong."""
        nonce = request.cookies.get(self.cookies.form, "")
        if not _NONCE.fullmatch(nonce):
            nonce = secrets.token_urlsafe(24)
        values = {
            "stack": self.settings.stack.name,
            "next": wanted,
            "token": self._form_token(nonce),
            "message": message,
            "user": user[:64],
            "wait_s": str(wait_s),
            "provider_link": f"/login/provider?next={quote(wanted, safe='/')}",
            "provider_hidden": "" if self.settings.provider is not None else "hidden",
        }
        response = self.files.page("login", values, status=status)
        response.headers.append("Set-Cookie", self.cookies.keep(self.cookies.form, nonce, _FORM_LIFE_S))
        return response

    async def session(self, request: Request) -> Response:
        """``GET /api/session``: who is signed in, what they may see, and the token that changes need."""
        viewer, settings = viewer_of(request), self.settings
        told: dict[str, Any] = {
            "user": viewer.account,
            "role": viewer.role,
            "organisation": viewer.organisation,
            "source": viewer.source,
            "stack": settings.stack.name,
            "features": {
                "traces": "traces" in settings.upstreams and viewer.organisation is None,
                "public_status": settings.public_status is not None,
                "oidc": settings.provider is not None,
            },
        }
        if viewer.session is not None:
            told["token"] = self.people.sessions.form_token(viewer.session.key)
            told["ends_at"] = viewer.session.ends_at
            told["idle_s"] = settings.session.idle_s
        return JSONResponse(told)

    async def sign_out(self, request: Request) -> Response:
        """``POST /api/logout``: ends this session, with ``{"everywhere": true}`` all of the account's."""
        viewer, everywhere = viewer_of(request), bool(given_to(request).body.get("everywhere", False))
        if everywhere:
            self.people.sessions.end_all(viewer.account)
        elif viewer.session is not None:
            self.people.sessions.end(viewer.session.key)
        self.people.audit.note(
            "sign_out", actor=viewer.account, address=client_address(request), detail="everywhere" if everywhere else ""
        )
        response = JSONResponse({"status": "success", "message": "signed out"})
        response.headers.append("Set-Cookie", self.cookies.drop(self.cookies.session))
        return response
