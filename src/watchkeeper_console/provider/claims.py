"""From the claims of an ID token to a person, a role and an organisation. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from watchkeeper_console.identity.roles import ROLES, Role
from watchkeeper_console.provider.errors import NotLetIn, ProviderFailed
from watchkeeper_console.settings import Provider

LEEWAY_S = 60.0
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """``subject``: what stays the same for this person at this provider, whatever they are called."""

    subject: str
    name: str
    role: Role
    organisation: str | None


def check(claims: Mapping[str, Any], *, issuer: str, client_id: str, nonce: str, now: float) -> None:
    """Is this ID token for us, for this sign-in and for now? Raises ProviderFailed (OpenID Connect Core, 3.1.3.7)."""
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != issuer:
        raise ProviderFailed("cannot trust the ID token: another issuer made it")
    if client_id not in audiences:
        raise ProviderFailed("cannot trust the ID token: it is for another client")
    if (len(audiences) > 1 or "azp" in claims) and claims.get("azp") != client_id:
        raise ProviderFailed("cannot trust the ID token: it was given to another client")
    if claims.get("nonce") != nonce:
        raise ProviderFailed("cannot trust the ID token: it belongs to another sign-in")
    expires, issued, begins = claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in (expires, issued, begins)):
        raise ProviderFailed("cannot trust the ID token: it does not tell its times")
    if not (now < float(expires or 0) + LEEWAY_S and float(issued or 0) <= now + LEEWAY_S and float(begins) <= now + LEEWAY_S):
        raise ProviderFailed("cannot trust the ID token: it is not valid now")
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise ProviderFailed("cannot trust the ID token: it names nobody")


def person(claims: Mapping[str, Any], provider: Provider, issuer: str) -> Person:
    """Who it is and what they may do. Raises NotLetIn."""
    name = claims.get(provider.user_claim)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise NotLetIn(
            f"cannot use the claim {provider.user_claim} as a user name: letters, digits and . _ @ - only, at most 64"
        )
    if provider.user_claim == "email" and claims.get("email_verified") is not True:
        raise NotLetIn("cannot let you in: the provider has not verified your e-mail address")
    given = _at(claims, provider.role_claim)
    values = {value for value in (given if isinstance(given, list) else [given]) if isinstance(value, str)}
    granted = [role for value, role in provider.roles.items() if value in values]
    role = max(granted, key=ROLES.index) if granted else provider.default_role
    if role is None:
        raise NotLetIn(f"cannot let you in: the claim {provider.role_claim} holds no value that a role is given for")
    organisation: str | None = None
    if provider.organisation_claim is not None and role != "admin":
        told = _at(claims, provider.organisation_claim)
        if not isinstance(told, str) or not 0 < len(told) <= 128 or not told.isprintable():
            raise NotLetIn(f"cannot let you in: the claim {provider.organisation_claim} names no organisation")
        organisation = told
    return Person(subject=f"{issuer} {claims['sub']}", name=name, role=role, organisation=organisation)


def _at(claims: Mapping[str, Any], path: str) -> Any:
    """A claim by its name, or by names joined by dots (``realm_access.roles``)."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
