"""One push over HTTP: keep-alive, and an answer that says what to do next."""

from __future__ import annotations

import contextlib
import http.client
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from watchkeeper_wire.loki_push import PROTOBUF_CONTENT_TYPE

_CONNECT_TIMEOUT_S = 5.0
_ANSWER_TIMEOUT_S = 30.0
_MAX_RETRY_AFTER_S = 60
_MAX_ANSWER_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Accepted:
    """The store has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The store will never take it; ``reason`` is the first line of its answer."""

    status: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable:
    """Nobody took it now. ``kind`` is one of few words for a metric, ``reason`` the details."""

    kind: str
    reason: str
    retry_after_s: int = 0


Outcome = Accepted | Refused | Unavailable


class PushClient:
    """Pushes to one URL over one connection. Used by one thread; `abort` may come from another."""

    def __init__(self, url: str, tenant: str | None, answer_timeout_s: float = _ANSWER_TIMEOUT_S) -> None:
        parts = urlsplit(url)
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._answer_timeout_s = answer_timeout_s
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname or "", parts.port, timeout=_CONNECT_TIMEOUT_S)
        self._headers = {"Content-Type": PROTOBUF_CONTENT_TYPE, "User-Agent": "watchkeeper-shipper"}
        if tenant:
            self._headers["X-Scope-OrgID"] = tenant

    def push(self, body: bytes) -> Outcome:
        """Send one compressed push request and wait for the answer."""
        kept_alive = self._connection.sock is not None
        try:
            return self._exchange(body)
        except (OSError, http.client.HTTPException) as failure:
            self._connection.close()
            if not kept_alive or isinstance(failure, TimeoutError):
                return _unavailable(failure)
        # A server may close an idle connection at any time; only a fresh one tells whether it is away.
        try:
            return self._exchange(body)
        except (OSError, http.client.HTTPException) as failure:
            self._connection.close()
            return _unavailable(failure)

    def abort(self) -> None:
        """End a running push; its outcome is then Unavailable."""
        running = self._connection.sock
        if running is not None:
            with contextlib.suppress(OSError):  # it may have ended by itself
                running.shutdown(socket.SHUT_RDWR)

    def _connect(self) -> None:
        self._connection.connect()
        self._connection.sock.settimeout(self._answer_timeout_s)

    def _exchange(self, body: bytes) -> Outcome:
        if self._connection.sock is None:
            self._connect()
        self._connection.request("POST", self._target, body, self._headers)
        response = self._connection.getresponse()
        answer = response.read(_MAX_ANSWER_BYTES)
        if not response.isclosed():
            self._connection.close()  # more of an answer than anybody wants to read
        first_line = answer.decode("utf-8", "replace").strip().partition("\n")[0][:500]
        if 200 <= response.status < 300:
            return Accepted()
        if response.status == 429 or response.status >= 500:
            wait = response.headers.get("Retry-After", "")
            retry_after_s = min(int(wait), _MAX_RETRY_AFTER_S) if wait.isdecimal() else 0
            return Unavailable(kind=str(response.status), reason=f"{response.status} {first_line}", retry_after_s=retry_after_s)
        return Refused(status=response.status, reason=first_line)


def _unavailable(failure: Exception) -> Unavailable:
    kind = "timeout" if isinstance(failure, TimeoutError) else "connection"
    return Unavailable(kind=kind, reason=str(failure) or type(failure).__name__)
