"""Signing in at the identity provider: there and back."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from watchkeeper_console.border.answers import Refusal
from watchkeeper_console.border.cookies import Cookies
from watchkeeper_console.border.gate import client_address
from watchkeeper_console.border.next_path import safe_next
from watchkeeper_console.identity.accounts import Account, NameTaken
from watchkeeper_console.identity.people import People
from watchkeeper_console.logfmt import say
from watchkeeper_console.provider.claims import Person, person
from watchkeeper_console.provider.errors import NotLetIn, ProviderFailed
from watchkeeper_console.provider.pending import LIFE_S, PendingSignIns
from watchkeeper_console.provider.protocol import Protocol
from watchkeeper_console.routes.sign_in import SignInRoutes
from watchkeeper_console.settings import Provider

CALLBACK = "/login/callback"


@dataclass(frozen=True, slots=True, kw_only=True)
class AtProvider:
    """What signing in there takes."""

    provider: Provider
    protocol: Protocol
    pending: PendingSignIns


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRoutes:
    """Handlers that do not exist where no provider is configured."""

    at: AtProvider | None
    people: People
    cookies: Cookies
    sign_in: SignInRoutes

    async def begin(self, request: Request) -> Response:
        """``GET /login/provider``: to the provider."""
        at = self._at()
        pending = at.pending.begin(safe_next(request.query_params.get("next", "/")))
        try:
            address = await at.protocol.address(pending)
        except ProviderFailed as error:
            return self._failed(request, str(error))
        response = RedirectResponse(address, status_code=303)
        response.headers.append("Set-Cookie", self.cookies.keep(self.cookies.provider, pending.browser, LIFE_S))
        return response

    async def end(self, request: Request) -> Response:
        """``GET /login/callback``: back from the provider."""
        at, given = self._at(), request.query_params
        pending = at.pending.take(given.get("state", ""), request.cookies.get(self.cookies.provider, ""))
        if pending is None:
            return self._failed(
                request, "cannot go on with this sign-in: it is too old, or another browser began it", status=403
            )
        try:
            if "iss" in given and given["iss"] != await at.protocol.issuer():
                raise ProviderFailed("cannot trust this answer: another issuer sent it")
            if "error" in given or not given.get("code"):
                raise ProviderFailed(f"cannot sign in: the provider says {given.get('error', 'nothing')[:64]}")
            claims = await at.protocol.claims(given["code"], pending)
            account = self._account(person(claims, at.provider, await at.protocol.issuer()))
        except ProviderFailed as error:
            return self._failed(request, str(error))
        except NotLetIn as error:
            self.people.audit.note(
                "sign_in", actor="", address=client_address(request), outcome="refused", detail=f"provider: {error}"
            )
            return self._failed(request, str(error), status=403)
        response = RedirectResponse(safe_next(pending.wanted), status_code=303)
        response.headers.append("Set-Cookie", self.cookies.drop(self.cookies.provider))
        self.sign_in.enter(request, account.name, response)
        self.people.audit.note("sign_in", actor=account.name, address=client_address(request), detail="provider")
        return response

    def _at(self) -> AtProvider:
        if self.at is None:
            raise Refusal(404, "not_found", "cannot find this here")
        return self.at

    def _account(self, found: Person) -> Account:
        """The account of that person, made at the first sign-in; its rights follow the provider. Raises NotLetIn."""
        accounts = self.people.accounts
        known = accounts.of_subject(found.subject)
        if known is None:
            try:
                accounts.create(
                    found.name,
                    password_hash="",
                    role=found.role,
                    organisation=found.organisation,
                    source="oidc",
                    subject=found.subject,
                )
            except NameTaken as error:
                # Never the account of somebody else who happens to have that name.
                raise NotLetIn(f"cannot let you in: the name {found.name} belongs to another account here") from error
        elif known.is_disabled:
            raise NotLetIn("cannot let you in: your account here is disabled")
        elif (known.role, known.organisation) != (found.role, found.organisation):
            accounts.change(known.name, role=found.role, organisation=found.organisation, is_disabled=False)
        account = accounts.of_subject(found.subject)
        if account is None:
            raise NotLetIn("cannot let you in: your account has just been deleted")
        return account

    def _failed(self, request: Request, words: str, *, status: int = 502) -> Response:
        say("a sign-in at the provider failed", level=30, reason=words)
        response = self.sign_in.page(request, "/", message=words[:1].upper() + words[1:] + ".", status=status)
        response.headers.append("Set-Cookie", self.cookies.drop(self.cookies.provider))
        return response
