"""Sign-ins that are under way at the provider. In memory, bounded, each usable once and by one browser."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

LIFE_S = 600.0
_AT_MOST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """``browser``: what the browser keeps in a cookie; ``wanted``: the page to go to afterwards."""

    state: str
    nonce: str
    verifier: str
    browser: str
    wanted: str
    ends_at: float

    @property
    def challenge(self) -> str:
        """Of the verifier, for PKCE's method S256."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class PendingSignIns:
    """``steady``: a clock that only goes forward, in seconds."""

    def __init__(self, steady: Callable[[], float]) -> None:
        self._steady = steady
        self._known: OrderedDict[str, Pending] = OrderedDict()

    def begin(self, wanted: str) -> Pending:
        """A new one; the oldest is forgotten where there are too many."""
        begun = Pending(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(64),
            browser=secrets.token_urlsafe(32),
            wanted=wanted,
            ends_at=self._steady() + LIFE_S,
        )
        self._known[begun.state] = begun
        while len(self._known) > _AT_MOST:
            self._known.popitem(last=False)
        return begun

    def take(self, state: str, browser: str) -> Pending | None:
        """The one of this state, if this browser began it and it is not too late. It cannot be taken again."""
        found = self._known.get(state)
        if found is None or not hmac.compare_digest(found.browser.encode(), browser.encode("utf-8", "replace")):
            return None  # another browser's attempt must not end the one of its owner
        del self._known[state]
        return found if self._steady() < found.ends_at else None
