"""The API: takes sign-ins and requests for checks, answers from the database and from the cache."""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import psycopg
from aio_pika.exceptions import AMQPError
from redis.exceptions import RedisError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from network_monitor.cache import SESSION_S, Cache
from network_monitor.database import ORGANISATIONS, SAMPLE_DAYS, Database, Device
from network_monitor.jobs import Jobs
from network_monitor.messages import Job
from network_monitor.patience import until_it_works
from network_monitor.serving import CHECK_S, VERSION, WEB, in_background
from network_monitor.surroundings import Surroundings
from watchkeeper_instrument import Instrument, asgi, instrument, trace_id

LONGEST_WAIT_S = 10.0
USUAL_WAIT_S = 5.0
LONGEST_REPORT_HOURS = SAMPLE_DAYS * 24


def first_devices(surroundings: Surroundings) -> tuple[Device, ...]:
    """What is watched from the start: the four systems themselves, two for each organisation."""
    north, south = ORGANISATIONS
    return (
        Device(name="cache", organisation=north, address=surroundings.redis),
        Device(name="database", organisation=north, address=surroundings.postgres),
        Device(name="events", organisation=south, address=surroundings.kafka),
        Device(name="jobs", organisation=south, address=surroundings.rabbitmq),
    )


class Api:
    """The routes and what they need."""

    def __init__(self, surroundings: Surroundings, watch: Instrument) -> None:
        self.watch = watch
        self.database = Database(surroundings, self.watch)
        self.cache = Cache(surroundings, self.watch)
        self.jobs = Jobs(surroundings, self.watch)
        self._key = surroundings.key
        self._first = first_devices(surroundings)
        self._prepared = False
        self.watch.check("database", self._check_database, timeout_s=CHECK_S)
        self.watch.check("cache", self.cache.check, timeout_s=CHECK_S)
        self.watch.check("jobs", self.jobs.check, timeout_s=CHECK_S)
        self.routes = [
            Route("/", self.index),
            Route("/api/sessions", self.sign_in, methods=["POST"]),
            Route("/api/devices", self.devices),
            Route("/api/devices/{device}/checks", self.ask, methods=["POST"]),
            Route("/api/checks/{check:uuid}", self.check),
            Route("/api/report", self.report),
        ]

    @asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        await self.database.open()
        prepared = until_it_works("PostgreSQL", self._prepare, self.watch)
        async with in_background(self.watch, prepared, self.jobs.connect()):
            yield
        await self.jobs.close()
        await self.cache.close()
        await self.database.close()

    async def _prepare(self) -> None:
        await self.database.prepare(self._first)
        self._prepared = True

    async def _check_database(self) -> bool:
        await self.database.check()
        return self._prepared

    async def index(self, request: Request) -> Response:
        """For whoever opens the address in a browser."""
        return JSONResponse({"service": WEB, "look at": ["/api/devices", "/api/report", "/api/health", "/api/metrics"]})

    async def sign_in(self, request: Request) -> Response:
        """An organisation and the key, for a token that lasts a while."""
        given = await _object(request)
        organisation, key = given.get("organisation"), given.get("key")
        if organisation not in ORGANISATIONS:
            raise HTTPException(422, f"cannot find that organisation; there are {' and '.join(ORGANISATIONS)}")
        right = isinstance(key, str) and hmac.compare_digest(key.encode(), self._key.encode())
        self.watch.sign_in(succeeded=right, organisation=organisation)
        if not right:
            self.watch.log(organisation=organisation).warning("sign-in refused")
            raise HTTPException(401, "cannot sign in with that key")
        request.state.organisation = organisation
        token = secrets.token_urlsafe(24)
        await self.cache.begin_session(token, organisation)
        return JSONResponse({"token": token, "expires_in_s": SESSION_S}, 201)

    async def devices(self, request: Request) -> Response:
        found = await self.database.devices()
        return JSONResponse(
            [{"name": one.name, "organisation": one.organisation, "address": str(one.address), "up": one.up} for one in found]
        )

    async def ask(self, request: Request) -> Response:
        """Have a device checked. 200 with the outcome, or 202 where it takes longer than ``wait_s``."""
        organisation = await self._organisation(request)
        wait_s = _number(request, "wait_s", USUAL_WAIT_S, most=LONGEST_WAIT_S)
        device = await self.database.device(request.path_params["device"])
        if device is None or device.organisation != organisation:
            raise HTTPException(404, "cannot find that device among yours; GET /api/devices lists all")
        check = uuid4()
        await self.database.asked(check, device.name, trace_id())
        await self.jobs.publish(Job(check=check, device=device.name, address=device.address))
        self.watch.log(check=str(check), device=device.name).info("check asked for")
        done = wait_s > 0 and await self.cache.answered(check, wait_s)
        return JSONResponse(await self.database.check_of(check), 200 if done else 202)

    async def check(self, request: Request) -> Response:
        check: UUID = request.path_params["check"]
        found = await self.database.check_of(check)
        if found is None:
            raise HTTPException(404, "cannot find that check; it may be older than what is kept")
        return JSONResponse(found)

    async def report(self, request: Request) -> Response:
        """Each device's availability and latency; ``X-Cache`` tells whether it was worked out for this request."""
        hours = int(_number(request, "hours", 24, least=1, most=LONGEST_REPORT_HOURS))
        devices, hit = await self.cache.report(hours, lambda: self.database.report(hours))
        return JSONResponse({"hours": hours, "devices": devices}, headers={"X-Cache": "hit" if hit else "miss"})

    async def _organisation(self, request: Request) -> str:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        organisation = await self.cache.organisation_of(token) if scheme.lower() == "bearer" and token else ""
        if not organisation:
            raise HTTPException(401, "cannot tell who asks; POST /api/sessions gives a token", {"WWW-Authenticate": "Bearer"})
        request.state.organisation = organisation
        return organisation

    async def away(self, request: Request, failure: Exception) -> Response:
        """Something that the API is built on is away: no fault of the request, and none of ours."""
        self.watch.log(failure=type(failure).__name__).warning("cannot answer now")
        return JSONResponse({"error": "cannot answer now; /api/health tells what is away"}, 503)


def make_app(surroundings: Surroundings, watch: Instrument | None = None) -> ASGIApp:
    """The service as an ASGI application. A ``watch`` that is given leaves the logs and traces of the process alone."""
    api = Api(surroundings, watch or instrument(service=WEB, version=VERSION))
    away = (psycopg.Error, RedisError, AMQPError, OSError)
    handlers: dict[Any, Any] = {HTTPException: _refused, **dict.fromkeys(away, api.away)}
    app = Starlette(routes=api.routes, lifespan=api.lifespan, exception_handlers=handlers)
    return asgi(app, api.watch, _organisation_of)


def _organisation_of(scope: MutableMapping[str, Any]) -> str:
    return str(scope.get("state", {}).get("organisation", ""))


async def _refused(request: Request, refusal: HTTPException) -> Response:
    return JSONResponse({"error": refusal.detail}, refusal.status_code, refusal.headers)


async def _object(request: Request) -> dict[str, Any]:
    try:
        given = json.loads(await request.body())
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise HTTPException(422, 'cannot read the body; write {"organisation": "north", "key": "…"}')
    return given


def _number(request: Request, name: str, usual: float, *, least: float = 0, most: float) -> float:
    text = request.query_params.get(name, "")
    try:
        number = float(text) if text else usual
    except ValueError:
        number = float("nan")
    if not least <= number <= most:
        raise HTTPException(422, f"cannot use {name}={text}; it is a number from {least:g} to {most:g}")
    return number
