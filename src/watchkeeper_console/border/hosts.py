"""Only our own names in the Host header: a page elsewhere must not reach the console by pointing its own name at loopback."""

from __future__ import annotations

import re
import socket

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from watchkeeper_console.border.answers import refuse
from watchkeeper_console.settings import HttpUrl

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_ANY = ("", "0.0.0.0", "::")  # noqa: S104 - recognised here, not bound
_HOST = re.compile(r"(?:\[(?P<six>[0-9a-f:.]+)\]|(?P<name>[a-z0-9_.-]+))(?::\d{1,5})?", re.IGNORECASE)


def allowed_hosts(public_url: HttpUrl, listen_host: str) -> frozenset[str]:
    """Loopback's names, the public name, and the address listened on; where that is every one, this machine's own name with
    and without its domain, by which the neighbours of a container ask it. Ports do not matter: a tunnel may end on any, and
    rebinding needs a foreign *name*.
    """
    own = (socket.gethostname(), socket.getfqdn()) if listen_host in _ANY else (listen_host,)
    return frozenset({*_LOOPBACK, public_url.host, *(name.lower() for name in own)})


def host_name(header: str) -> str | None:
    """The name in a Host header without its port, in lower case; None where it is malformed."""
    found = _HOST.fullmatch(header)
    return (found["six"] or found["name"]).lower().rstrip(".") if found else None


class HostCheck:
    """Answers 421 to every request for another host."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"}:
            given = Headers(scope=scope).getlist("host")
            if len(given) != 1 or host_name(given[0]) not in self._hosts:
                message = "cannot serve this host name; use the console's public_url or a loopback name"
                await refuse(421, "misdirected", message)(scope, receive, send)
                return
        await self._app(scope, receive, send)
