"""An OpenID Connect provider on a port of its own: it signs, checks PKCE and codes, and can be told to cheat."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from tests.unit.watchkeeper_console.upstream_fakes import Received, Reply, Upstream, served

CLIENT = "watchkeeper"
SECRET = "the-client's secret/+"


@dataclass(slots=True)
class Grant:
    """What a code stands for."""

    challenge: str
    nonce: str
    redirect_uri: str


@dataclass(slots=True)
class ProviderFake:
    """``claims`` are the person's; ``cheat`` changes the claims of each token just before it is signed."""

    claims: dict[str, Any] = field(default_factory=lambda: {"sub": "u-1", "preferred_username": "ada", "groups": ["ops"]})
    cheat: Callable[[dict[str, Any]], None] = lambda _: None
    key: Any = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    algorithm: str = "RS256"
    published: list[Any] = field(default_factory=list)
    methods: list[str] = field(default_factory=lambda: ["client_secret_basic"])
    document: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    signing_key: Any = None
    now: Callable[[], float] = time.time
    upstream: Upstream | None = None
    codes: dict[str, Grant] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        assert self.upstream is not None
        return f"{self.upstream.url}/realms/main"

    def __call__(self, received: Received) -> Reply:
        match received.method, received.path:
            case "GET", "/realms/main/.well-known/openid-configuration":
                return Reply(
                    body={
                        "issuer": self.issuer,
                        "authorization_endpoint": f"{self.issuer}/authorize?tenant=main",
                        "token_endpoint": f"{self.issuer}/token",
                        "jwks_uri": f"{self.issuer}/keys",
                        "token_endpoint_auth_methods_supported": self.methods,
                        **self.document,
                    }
                )
            case "GET", "/realms/main/keys":
                return Reply(body={"keys": [key.as_dict(private=False) for key in (self.published or [self.key])]})
            case "POST", "/realms/main/token":
                return self._token(received)
            case _:
                return Reply(status=404)

    def authorize(self, address: str) -> str:
        """What the provider's page does once the person has agreed: the address that the browser is sent back to."""
        parts = urlsplit(address)
        query = dict(parse_qsl(parts.query, strict_parsing=True))
        assert address.startswith(f"{self.issuer}/authorize?tenant=main&")
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT
        assert "openid" in query["scope"].split()
        assert query["code_challenge_method"] == "S256"
        assert len(query["state"]) >= 32
        assert len(query["nonce"]) >= 32
        code = secrets.token_urlsafe(16)
        self.codes[code] = Grant(query["code_challenge"], query["nonce"], query["redirect_uri"])
        return query["redirect_uri"] + "?" + urlencode({"code": code, "state": query["state"], "iss": self.issuer})

    def _token(self, received: Received) -> Reply:
        form = {name: values[0] for name, values in parse_qs(received.body.decode(), strict_parsing=True).items()}
        if not self._knows_client(received, form):
            return Reply(status=401, body={"error": "invalid_client"})
        grant = self.codes.pop(form.get("code", ""), None)
        challenge = (
            base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        )
        if grant is None or form["grant_type"] != "authorization_code":
            return Reply(status=400, body={"error": "invalid_grant"})
        if challenge != grant.challenge or form["redirect_uri"] != grant.redirect_uri:
            return Reply(status=400, body={"error": "invalid_grant"})
        now = int(self.now())
        claims = {"iss": self.issuer, "aud": CLIENT, "nonce": grant.nonce, "iat": now, "exp": now + 300, **self.claims}
        self.cheat(claims)
        token = self._signed(claims)
        return Reply(body={"access_token": "x", "token_type": "Bearer", "expires_in": 300, "id_token": token})

    def _signed(self, claims: dict[str, Any]) -> str:
        if self.algorithm in {"none", "HS256"}:
            parts = ({"alg": self.algorithm, "kid": "one"}, claims)
            signed = ".".join(_encoded(json.dumps(part).encode()) for part in parts)
            # the classic confusion: the public key, which everybody knows, as the shared secret
            secret = self.key.as_pem(private=False)
            return f"{signed}." + (
                _encoded(hmac.digest(secret, signed.encode(), "sha256")) if self.algorithm == "HS256" else ""
            )
        key = self.signing_key or self.key
        header = {"alg": self.algorithm, "kid": key.kid or "one", **self.header}
        return jwt.encode(header, claims, key, algorithms=[self.algorithm])

    def _knows_client(self, received: Received, form: dict[str, str]) -> bool:
        if "client_secret_basic" in self.methods:
            expected = base64.b64encode(f"{CLIENT}:the-client%27s+secret%2F%2B".encode()).decode()
            return received.headers.get("authorization") == f"Basic {expected}"
        return (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@contextmanager
def a_provider(**settings: Any) -> Iterator[ProviderFake]:
    """A running provider."""
    provider = ProviderFake(**settings)
    with served(provider) as upstream:
        provider.upstream = upstream
        yield provider


def an_rsa_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


def an_ec_key(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig"})
