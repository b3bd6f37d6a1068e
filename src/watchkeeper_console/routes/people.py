"""Accounts, passwords, API tokens and the audit log."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from watchkeeper_console.border.answers import Refusal
from watchkeeper_console.border.cookies import Cookies
from watchkeeper_console.border.gate import Viewer, client_address, viewer_of
from watchkeeper_console.border.shapes import BadRequest
from watchkeeper_console.identity.accounts import Account, NameTaken
from watchkeeper_console.identity.passwords import LONGEST_PASSWORD_BYTES, TooBusy
from watchkeeper_console.identity.people import People
from watchkeeper_console.identity.roles import Role, suffices
from watchkeeper_console.identity.sign_in import Attempt, Rejected, TooSoon
from watchkeeper_console.identity.tokens import AT_MOST_PER_ACCOUNT, Token, TooMany
from watchkeeper_console.interface.dispatch import given_to

_TOKEN_LIFE_S = 90 * 86_400.0
_FROM_FILE = (
    "cannot change this here: the account and its password come from the file that the stack's description names;"
    " write the new password there, it is taken over within seconds"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleRoutes:
    """Handlers for one's own account, and for administrators."""

    people: People
    cookies: Cookies

    async def list_users(self, request: Request) -> Response:
        """``GET /api/users``."""
        return JSONResponse({"users": [_told(account) for account in self.people.accounts.all()]})

    async def create_user(self, request: Request) -> Response:
        """``POST /api/users``."""
        body = given_to(request).body
        role, organisation = body.get("role", "viewer"), body.get("organisation")
        _refuse_bound_administrator(role, organisation)
        hashed = await self._hash(body["password"])
        try:
            self.people.accounts.create(
                body["name"], password_hash=hashed, role=role, organisation=organisation, source="local"
            )
        except NameTaken as error:
            raise Refusal(409, "conflict", f"cannot add {body['name']}: there is an account of that name") from error
        self._note(request, "user.create", body["name"], _rights(role, organisation))
        return JSONResponse(_told(self._account(body["name"])), status_code=201)

    async def change_user(self, request: Request) -> Response:
        """``PATCH /api/users/{name}``."""
        body, name = given_to(request).body, request.path_params["name"]
        account = self._changeable(request, name)
        role, organisation = body.get("role", account.role), body.get("organisation", account.organisation)
        is_disabled = body.get("disabled", account.is_disabled)
        _refuse_bound_administrator(role, organisation)
        if "password" in body:
            if account.source == "oidc":
                raise Refusal(409, "conflict", f"cannot set a password: {name} signs in at the identity provider")
            self.people.accounts.set_password(name, await self._hash(body["password"]))
            self._note(request, "user.password", name)
        if (role, organisation, is_disabled) != (account.role, account.organisation, account.is_disabled):
            self.people.accounts.change(name, role=role, organisation=organisation, is_disabled=is_disabled)
            self._note(request, "user.change", name, _rights(role, organisation) + (", disabled" if is_disabled else ""))
        return JSONResponse(_told(self._account(name)))

    async def delete_user(self, request: Request) -> Response:
        """``DELETE /api/users/{name}``."""
        name = self._changeable(request, request.path_params["name"]).name
        self.people.accounts.delete(name)
        self._note(request, "user.delete", name)
        return _done("deleted")

    async def change_password(self, request: Request) -> Response:
        """``POST /api/password``."""
        body, viewer = given_to(request).body, viewer_of(request)
        _refuse_token(viewer)
        if viewer.source == "file":
            raise Refusal(409, "conflict", _FROM_FILE)
        if viewer.source == "oidc":
            raise Refusal(409, "conflict", "cannot change this here: you sign in at the identity provider")
        judgement = await self.people.sign_in.judge(
            Attempt(
                account=viewer.account,
                password=body["old"],
                address=client_address(request),
                device=request.cookies.get(self.cookies.device, ""),
            )
        )
        if isinstance(judgement, TooSoon):
            wait = {"Retry-After": str(math.ceil(judgement.wait_s))}
            raise Refusal(429, "too_many_requests", "cannot look at this yet: too many failures", headers=wait)
        if isinstance(judgement, Rejected):
            self.people.audit.note("password.change", actor=viewer.account, address=client_address(request), outcome="refused")
            raise Refusal(403, "forbidden", "cannot change the password: the old one is another")
        if body["old"] == body["new"]:
            raise Refusal(409, "conflict", "cannot change the password: the new one is the old one")
        hashed = await self._hash(body["new"])
        self.people.accounts.set_password(
            viewer.account, hashed, keep_session=viewer.session.key if viewer.session is not None else None
        )
        self._note(request, "password.change", viewer.account)
        return _done("changed; every other session has ended")

    async def list_tokens(self, request: Request) -> Response:
        """``GET /api/tokens``."""
        viewer = viewer_of(request)
        owner = given_to(request).parameters.get("user", viewer.account)
        if owner != viewer.account:
            if not suffices(viewer.role, "admin"):
                raise Refusal(403, "forbidden", "cannot show the tokens of others: it takes the role admin")
            owner = self._account(owner).name
        return JSONResponse({"tokens": [_told_token(token) for token in self.people.tokens.of(owner)]})

    async def create_token(self, request: Request) -> Response:
        """``POST /api/tokens``."""
        body, viewer = given_to(request).body, viewer_of(request)
        _refuse_token(viewer)
        role: Role = body.get("role", "viewer")
        if not suffices(viewer.role, role):
            raise Refusal(403, "forbidden", f"cannot give a token the role {role}: yours is {viewer.role}")
        life_s = float(body.get("expires_in_s", _TOKEN_LIFE_S))
        try:
            token, text = self.people.tokens.create(viewer.account, name=body["name"], role=role, life_s=life_s)
        except TooMany as error:
            raise Refusal(409, "conflict", f"cannot have more than {AT_MOST_PER_ACCOUNT} tokens; delete some") from error
        self._note(request, "token.create", token.id, f"{token.name}, {role}")
        return JSONResponse({"token": text, **_told_token(token)}, status_code=201)

    async def delete_token(self, request: Request) -> Response:
        """``DELETE /api/tokens/{id}``. Somebody else's looks like none to all but administrators."""
        viewer = viewer_of(request)
        token = self.people.tokens.by_id(request.path_params["id"])
        if token is None or (token.account != viewer.account and not suffices(viewer.role, "admin")):
            raise Refusal(404, "not_found", "cannot find a token of this id")
        self.people.tokens.delete(token.id)
        self._note(request, "token.delete", token.id, f"{token.name} of {token.account}")
        return _done("deleted")

    async def read_audit(self, request: Request) -> Response:
        """``GET /api/audit``."""
        parameters = given_to(request).parameters
        limit, before = int(parameters.get("limit", 100)), parameters.get("before")
        entries = self.people.audit.latest(limit, int(before) if before is not None else None)
        following = entries[-1].id if len(entries) == limit and entries[-1].id > 1 else None
        return JSONResponse({"entries": [asdict(entry) for entry in entries], "next": following})

    def _account(self, name: str) -> Account:
        account = self.people.accounts.find(name)
        if account is None:
            raise Refusal(404, "not_found", f"cannot find an account {name}")
        return account

    def _changeable(self, request: Request, name: str) -> Account:
        account = self._account(name)
        if account.source == "file":
            raise Refusal(409, "conflict", _FROM_FILE)
        if account.name == viewer_of(request).account:
            raise Refusal(409, "conflict", "cannot change one's own account here: let another administrator do it")
        return account

    async def _hash(self, password: str) -> str:
        if len(password.encode()) > LONGEST_PASSWORD_BYTES:
            raise BadRequest(f"cannot use a password of more than {LONGEST_PASSWORD_BYTES} bytes")
        try:
            return await self.people.passwords.hash_in_turn(password)
        except TooBusy as error:
            message = "cannot do this now: too many passwords are being looked at"
            raise Refusal(429, "too_many_requests", message, headers={"Retry-After": "1"}) from error

    def _note(self, request: Request, action: str, subject: str, detail: str = "") -> None:
        self.people.audit.note(
            action, actor=viewer_of(request).account, address=client_address(request), subject=subject, detail=detail
        )


def _refuse_bound_administrator(role: Role, organisation: str | None) -> None:
    if role == "admin" and organisation is not None:
        message = "cannot bind an administrator to an organisation: administrators see everything; use editor or viewer"
        raise Refusal(409, "conflict", message)


def _refuse_token(viewer: Viewer) -> None:
    if viewer.token is not None:
        raise Refusal(403, "forbidden", "cannot do this with an API token: sign in for it")


def _rights(role: Role, organisation: str | None) -> str:
    return role + (f", organisation {organisation}" if organisation is not None else "")


def _told(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "role": account.role,
        "organisation": account.organisation,
        "disabled": account.is_disabled,
        "source": account.source,
        "created_at": account.created_at,
    }


def _told_token(token: Token) -> dict[str, Any]:
    return {
        "id": token.id,
        "user": token.account,
        "name": token.name,
        "role": token.role,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "used_at": token.used_at,
    }


def _done(message: str) -> Response:
    return JSONResponse({"status": "success", "message": message})
