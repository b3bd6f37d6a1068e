"""From a request to an answer, without sockets: pages for scrapes, and the API of incidents."""

import ipaddress
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from watchkeeper_mocks.exposition import CONTENT_TYPE
from watchkeeper_mocks.incidents.catalogue import KNOWN
from watchkeeper_mocks.incidents.record import Incident
from watchkeeper_mocks.incidents.register import DEFAULT_DURATION_S, IncidentRefused, MemoryRefused
from watchkeeper_mocks.own_metrics import OwnMetrics
from watchkeeper_mocks.world import OutOfSight, World
from watchkeeper_process.logfmt import say

MAX_BODY_BYTES = 16 * 1024
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the sockets side knows of a request."""

    method: str
    target: str
    headers: Mapping[str, str]
    """Names in lower case."""
    client: str
    """The address it came from."""
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back."""

    status: HTTPStatus
    body: str
    content_type: str = "text/plain; charset=utf-8"
    allow: str = ""
    """For 405: the methods that are allowed."""


class _Refused(Exception):
    def __init__(self, status: HTTPStatus, message: str, **more: object) -> None:
        super().__init__(message)
        self.status = status
        self.more = more


class Answering:
    """Answers requests. Thread-safe. `not_ready` gives the reason why the process is not ready, or None."""

    def __init__(self, world: World, own_metrics: OwnMetrics, *, not_ready: Callable[[], str | None]) -> None:
        self._world = world
        self._own_metrics = own_metrics
        self._not_ready = not_ready

    def answer(self, request: Request) -> Answer:
        """Never raises: what goes wrong becomes an answer too."""
        path = urlsplit(request.target).path
        try:
            if path == "/api/incidents" or path.startswith("/api/incidents/"):
                return self._incidents(request, path)
            if request.method != "GET":
                return Answer(status=HTTPStatus.METHOD_NOT_ALLOWED, body="cannot do that here; use GET\n", allow="GET")
            return self._get(request, path)
        except MemoryRefused as error:
            say("error", "cannot keep an incident", error=error)
            return _json(HTTPStatus.SERVICE_UNAVAILABLE, {"error": str(error)})
        except _Refused as refused:
            return _json(refused.status, {"error": str(refused), **refused.more})
        except Exception as error:  # noqa: BLE001 - one bad request must not take the process down; the log has the reason
            say("error", "cannot answer a request", path=path, error=repr(error))
            return _json(HTTPStatus.INTERNAL_SERVER_ERROR, {"error": "cannot answer: internal error, see the log"})

    def _get(self, request: Request, path: str) -> Answer:
        if path == "/-/healthy":
            return Answer(status=HTTPStatus.OK, body="watchkeeper_mocks is alive\n")
        if path == "/-/ready":
            reason = self._not_ready()
            if reason:
                return Answer(status=HTTPStatus.SERVICE_UNAVAILABLE, body=f"{reason}\n")
            return Answer(status=HTTPStatus.OK, body="watchkeeper_mocks is ready\n")
        if path == "/metrics":
            return Answer(status=HTTPStatus.OK, body=self._own_metrics.page(), content_type=CONTENT_TYPE)
        if path.startswith("/exporters/"):
            return self._scrape(request, path)
        if path == "/":
            paths = ["/metrics", "/api/incidents", *self._world.paths()]
            return Answer(status=HTTPStatus.OK, body="\n".join(paths) + "\n")
        raise _Refused(HTTPStatus.NOT_FOUND, f"cannot find {path}; / lists what there is")

    def _scrape(self, request: Request, path: str) -> Answer:
        exporter, _, below = path.removeprefix("/exporters/").partition("/")
        asked_at = parse_qs(urlsplit(request.target).query).get("at")
        started_s = time.thread_time()
        try:
            body = self._world.page(exporter, below, float(asked_at[0]) if asked_at else None)
        except (OutOfSight, ValueError) as error:
            self._own_metrics.refused("bad_request")
            raise _Refused(HTTPStatus.BAD_REQUEST, str(error)) from error
        if body is None:
            raise _Refused(HTTPStatus.NOT_FOUND, f"cannot find {path}; / lists what there is")
        self._own_metrics.scraped(exporter, time.thread_time() - started_s)
        return Answer(status=HTTPStatus.OK, body=body, content_type=CONTENT_TYPE)

    def _incidents(self, request: Request, path: str) -> Answer:
        self._require_loopback(request)
        name = unquote(path.removeprefix("/api/incidents").strip("/"))
        try:
            if request.method == "GET" and not name:
                return _json(HTTPStatus.OK, self._listing())
            if request.method == "POST" and not name:
                return self._start(request)
            if request.method == "DELETE" and name:
                stopped = self._world.stop_incident(name)
                say("info", "incident recovers", incident=name)
                now_s = self._world.now_s()
                return _json(HTTPStatus.OK, {"incidents": [_described(incident, now_s) for incident in stopped]})
        except IncidentRefused as refused:
            self._own_metrics.refused("bad_request")
            if not refused.known:
                raise _Refused(HTTPStatus.NOT_FOUND, str(refused), known=sorted(KNOWN)) from refused
            status = HTTPStatus.NOT_FOUND if request.method == "DELETE" else HTTPStatus.BAD_REQUEST
            raise _Refused(status, str(refused)) from refused
        allow = "DELETE" if name else "GET, POST"
        return Answer(status=HTTPStatus.METHOD_NOT_ALLOWED, body=f"cannot do that here; use {allow}\n", allow=allow)

    def _require_loopback(self, request: Request) -> None:
        """Control is for this machine only: its address, and its name, so that no web page can rebind its way here."""
        host = request.headers.get("host", "")
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        if not ipaddress.ip_address(request.client.partition("%")[0]).is_loopback or name not in _LOOPBACK_NAMES:
            self._own_metrics.refused("not_loopback")
            raise _Refused(HTTPStatus.FORBIDDEN, "cannot control incidents from another machine; ask over loopback")

    def _listing(self) -> dict[str, Any]:
        now_s = self._world.now_s()
        return {
            "incidents": [_described(incident, now_s) for incident in reversed(self._world.register.incidents)],
            "known": [
                {"name": name, "summary": known.summary, "moves": known.moves, **self._seen(name)}
                for name, known in sorted(KNOWN.items())
            ],
        }

    def _start(self, request: Request) -> Answer:
        # A web page can send text/plain anywhere, but needs permission for JSON: asking for it keeps web pages out.
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise _Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "cannot read the body; send Content-Type: application/json")
        try:
            body = json.loads(request.body)
            unknown = sorted(set(body) - {"name", "duration_s", "intensity"})
            if unknown:
                raise ValueError(f"unknown keys {', '.join(unknown)}")
            name = body["name"]
            duration_s, intensity = float(body.get("duration_s", DEFAULT_DURATION_S)), float(body.get("intensity", 1.0))
            if not isinstance(name, str):
                raise TypeError("name must be text")
        except (ValueError, TypeError, KeyError) as error:
            self._own_metrics.refused("bad_request")
            message = f'cannot read the body: {error}; send {{"name": "…", "duration_s": 300, "intensity": 1}}'
            raise _Refused(HTTPStatus.BAD_REQUEST, message) from error
        incident = self._world.start_incident(name, duration_s=duration_s, intensity=intensity)
        say("info", "incident starts", incident=name, duration_s=duration_s, intensity=intensity)
        return _json(HTTPStatus.CREATED, {**_described(incident, self._world.now_s()), **self._seen(name)})

    def _seen(self, name: str) -> dict[str, list[str]]:
        """Which of the exporters that an incident moves are served, and which are not: there nobody can see it."""
        moved = sorted(KNOWN[name].moves)
        served = self._world.exporters()
        return {"served": [one for one in moved if one in served], "not_served": [one for one in moved if one not in served]}


def _described(incident: Incident, now_s: float) -> dict[str, Any]:
    if incident.is_over(now_s):
        state = "over"
    elif now_s < incident.starts_s + incident.ramp_s:
        state = "rising"
    else:
        state = "recovering" if now_s > incident.ends_s - incident.ramp_s else "full"
    return {
        "name": incident.name,
        "state": state,
        "starts_s": incident.starts_s,
        "ends_s": round(incident.ends_s, 3),
        "ramp_s": round(incident.ramp_s, 3),
        "intensity": incident.intensity,
        "strength": round(incident.strength(now_s), 4),
    }


def _json(status: HTTPStatus, content: object) -> Answer:
    return Answer(status=status, body=json.dumps(content, ensure_ascii=False) + "\n", content_type="application/json")
