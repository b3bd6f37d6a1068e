"""The conversation with the provider: discovery, keys, and a code exchanged for a verified ID token."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode

from watchkeeper_console.addresses import parse_http_url
from watchkeeper_console.identity.database import Clock
from watchkeeper_console.provider.claims import check
from watchkeeper_console.provider.errors import ProviderFailed
from watchkeeper_console.provider.pending import Pending
from watchkeeper_console.settings import HttpUrl, Provider
from watchkeeper_console.upstreams.client import Ask, Client, UpstreamFailed, parsed

_NAME = "provider"
_WITHIN_S = 10.0
_LARGEST_BYTES = 1 << 20
_KEEP_S = 3600.0
_KEYS_AGAIN_AFTER_S = 10.0
# Signatures only: an algorithm with a shared secret would let whoever knows a public key sign with it.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Endpoints:
    """From the provider's discovery document."""

    issuer: str
    authorization: str
    token: HttpUrl
    keys: HttpUrl
    takes_basic: bool


class Protocol:
    """Talks to one provider. Its documents are kept for an hour; keys are fetched again when an unknown one is named."""

    def __init__(self, client: Client, provider: Provider, redirect_uri: str, now: Clock) -> None:
        self._client = client
        self._provider = provider
        self._redirect_uri = redirect_uri
        self._now = now
        self._turn = asyncio.Lock()
        self._endpoints: tuple[float, _Endpoints] | None = None
        self._keys: tuple[float, Mapping[str, Any]] | None = None

    async def address(self, pending: Pending) -> str:
        """Where the browser goes to sign in. Raises ProviderFailed."""
        endpoints = await self._discovered()
        query = {
            "response_type": "code",
            "client_id": self._provider.client_id,
            "redirect_uri": self._redirect_uri,
            "scope": " ".join(self._provider.scopes),
            "state": pending.state,
            "nonce": pending.nonce,
            "code_challenge": pending.challenge,
            "code_challenge_method": "S256",
        }
        joint = "&" if "?" in endpoints.authorization else "?"
        return f"{endpoints.authorization}{joint}{urlencode(query)}"

    async def issuer(self) -> str:
        """The issuer's name, exactly as it writes it. Raises ProviderFailed."""
        return (await self._discovered()).issuer

    async def claims(self, code: str, pending: Pending) -> Mapping[str, Any]:
        """The verified claims of the person who brought ``code`` back. Raises ProviderFailed."""
        endpoints = await self._discovered()
        token = await self._exchange(endpoints, code, pending)
        claims = await self._verified(endpoints, token)
        check(claims, issuer=endpoints.issuer, client_id=self._provider.client_id, nonce=pending.nonce, now=self._now())
        return claims

    async def _exchange(self, endpoints: _Endpoints, code: str, pending: Pending) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": pending.verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        secret = self._secret()
        if secret and endpoints.takes_basic:
            pair = f"{quote_plus(self._provider.client_id)}:{quote_plus(secret)}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        else:
            form["client_id"] = self._provider.client_id
            if secret:
                form["client_secret"] = secret
        answer = await self._ask(endpoints.token, method="POST", headers=headers, body=urlencode(form).encode())
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise ProviderFailed("cannot sign in: the provider gave no ID token; is openid among the scopes?")
        return token

    def _secret(self) -> str:
        if self._provider.client_secret_file is None:
            return ""
        try:
            return self._provider.client_secret_file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ProviderFailed("cannot sign in: the file with the client's secret cannot be read") from error

    async def _verified(self, endpoints: _Endpoints, token: str) -> Mapping[str, Any]:
        # 20 MB that only stacks with a provider need
        from joserfc import jws
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet
        from joserfc.registry import Header

        try:
            header: Header = json.loads(_decoded(token.partition(".")[0]))
            if header["alg"] not in _ALGORITHMS:
                raise ProviderFailed("cannot trust the ID token: its signature is of another kind")
        except (ValueError, KeyError, TypeError) as error:
            raise ProviderFailed("cannot trust the ID token: it is none") from error
        kid = header.get("kid")
        for again in (False, True):
            keys = await self._keys_of(endpoints, again=again)
            suitable = [key for key in keys.get("keys", ()) if _is_suitable(key, kid)]
            if not suitable:
                continue
            for key in suitable:
                try:
                    checked = jws.deserialize_compact(
                        token, KeySet.import_key_set({"keys": [key]}), algorithms=list(_ALGORITHMS)
                    )
                    claims = json.loads(checked.payload)
                except (JoseError, ValueError, TypeError, KeyError):
                    continue
                if isinstance(claims, dict):
                    return claims
            break
        raise ProviderFailed("cannot trust the ID token: no key of the provider's fits its signature")

    async def _discovered(self) -> _Endpoints:
        async with self._turn:
            if self._endpoints is None or self._now() - self._endpoints[0] >= _KEEP_S:
                issuer = self._provider.issuer
                document = await self._ask(issuer, path=issuer.path + "/.well-known/openid-configuration")
                self._endpoints = (self._now(), self._read(document))
            return self._endpoints[1]

    def _read(self, document: Mapping[str, Any]) -> _Endpoints:
        issuer = document.get("issuer")
        if not isinstance(issuer, str) or issuer.rstrip("/") not in _spellings(self._provider.issuer):
            raise ProviderFailed("cannot use the provider: its discovery document names another issuer")
        methods = document.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return _Endpoints(
            issuer=issuer,
            authorization=str(self._place(document, "authorization_endpoint")) + _query(document),
            token=self._place(document, "token_endpoint"),
            keys=self._place(document, "jwks_uri"),
            takes_basic="client_secret_basic" in methods,
        )

    def _place(self, document: Mapping[str, Any], name: str) -> HttpUrl:
        """An address of the document. It may lie on another host, but not below the safety of the issuer's own."""
        url = parse_http_url(str(document.get(name, "")).partition("?")[0])
        if isinstance(url, str):
            raise ProviderFailed(f"cannot use the provider: its {name} is no address")
        if url.scheme != self._provider.issuer.scheme:
            raise ProviderFailed(f"cannot use the provider: its {name} does not start with {self._provider.issuer.scheme}://")
        return url

    async def _keys_of(self, endpoints: _Endpoints, *, again: bool) -> Mapping[str, Any]:
        async with self._turn:
            age_s = self._now() - self._keys[0] if self._keys is not None else None
            if self._keys is None or age_s is None or age_s >= (_KEYS_AGAIN_AFTER_S if again else _KEEP_S):
                self._keys = (self._now(), await self._ask(endpoints.keys))
            return self._keys[1]

    async def _ask(
        self,
        place: HttpUrl,
        *,
        path: str | None = None,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Mapping[str, Any]:
        base = HttpUrl(scheme=place.scheme, host=place.host, port=place.port)
        ask = Ask(
            name=_NAME,
            base=base,
            target=(path or place.path or "/").encode(),
            method=method,
            headers=headers or {"Accept": "application/json"},
            body=body,
            within_s=_WITHIN_S,
        )
        try:
            answer = parsed(_NAME, await self._client.whole(ask, largest_bytes=_LARGEST_BYTES))
        except UpstreamFailed as error:
            raise ProviderFailed(str(error)) from error
        if not isinstance(answer, dict):
            raise ProviderFailed("cannot use the answer of provider: it is no object")
        return answer


def _query(document: Mapping[str, Any]) -> str:
    _, mark, query = str(document.get("authorization_endpoint", "")).partition("?")
    return mark + query


def _spellings(issuer: HttpUrl) -> set[str]:
    default = {"http": 80, "https": 443}[issuer.scheme]
    explicit = f"{issuer.scheme}://{issuer.host}:{issuer.port}{issuer.path}"
    return {str(issuer), *((explicit,) if issuer.port == default else ())}


def _is_suitable(key: Any, kid: Any) -> bool:
    """A public key for signatures, and the one that is named."""
    if not isinstance(key, dict) or key.get("kty") not in {"RSA", "EC", "OKP"} or key.get("use", "sig") != "sig":
        return False
    return kid is None or key.get("kid") == kid


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
