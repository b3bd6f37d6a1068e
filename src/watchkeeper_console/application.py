"""Puts the console together: the routes, what stands before them, and what runs beside them."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from watchkeeper_console.border.accounting import Accounting
from watchkeeper_console.border.answers import refuse
from watchkeeper_console.border.body_limit import BodyLimit
from watchkeeper_console.border.cookies import cookies_for
from watchkeeper_console.border.gate import Gate
from watchkeeper_console.border.headers import SecurityHeaders
from watchkeeper_console.border.hosts import HostCheck, allowed_hosts
from watchkeeper_console.identity.accounts import Accounts, AdministratorFile, PasswordFileUnusable
from watchkeeper_console.identity.database import Clock, instance_secret, open_database
from watchkeeper_console.identity.passwords import Passwords
from watchkeeper_console.identity.sessions import Sessions
from watchkeeper_console.identity.sign_in import SignIn
from watchkeeper_console.logfmt import say
from watchkeeper_console.metrics import Metrics
from watchkeeper_console.overview.gather import Overview
from watchkeeper_console.routes.files import Files
from watchkeeper_console.routes.operations import OperationRoutes
from watchkeeper_console.routes.queries import QueryRoutes
from watchkeeper_console.routes.sign_in import SignInRoutes
from watchkeeper_console.routes.stack import StackRoutes
from watchkeeper_console.settings import Settings
from watchkeeper_console.upstreams.client import Client
from watchkeeper_console.upstreams.proxy import Proxy

_LOOK_AT_PASSWORD_FILE_EVERY_S = 5.0
_FORGET_SESSIONS_EVERY_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """``asgi`` is what a server runs. ``routes`` are listed for the test that asks each of them without a sign-in."""

    asgi: ASGIApp
    routes: Sequence[Route]


def build(
    settings: Settings, data_folder: Path, *, listen_host: str, now: Clock = time.time, steady: Clock = time.monotonic
) -> Application:
    """Open the data, take the administrator's password over and assemble the application.

    ``now`` is the time of day, ``steady`` only goes forward; both in seconds. Nothing listens yet.
    Raises DatabaseFailed and PasswordFileUnusable.
    """
    database = open_database(data_folder)
    passwords = Passwords()
    accounts = Accounts(database, passwords, now)
    administrator = AdministratorFile(accounts, settings.admin_user, settings.admin_password_file)
    try:
        administrator.apply()
    except PasswordFileUnusable:
        database.close()
        passwords.close()
        raise
    secret = instance_secret(database)
    metrics, files = Metrics(), Files()
    client = Client(metrics)
    sessions = Sessions(database, settings.session, now)
    sign_in = SignIn(accounts, passwords, secret, steady)
    cookies = cookies_for(settings.public_url, secret)
    routes = _routes(
        SignInRoutes(
            settings=settings, files=files, sessions=sessions, sign_in=sign_in, cookies=cookies, metrics=metrics, secret=secret
        ),
        StackRoutes(settings=settings, files=files, client=client, overview=Overview(client, settings, now)),
        OperationRoutes(sessions=sessions, metrics=metrics),
        Proxy(client, settings.upstreams),
        QueryRoutes(settings=settings, client=client),
    )

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        chores = [asyncio.create_task(_keep_administrator(administrator)), asyncio.create_task(_forget_sessions(sessions))]
        try:
            yield
        finally:
            for chore in chores:
                chore.cancel()
            await asyncio.gather(*chores, return_exceptions=True)
            await client.close()
            passwords.close()
            database.close()

    router = Router(routes, redirect_slashes=False, default=_nothing_here, lifespan=lifespan)
    gate = Gate(router, sessions=sessions, sign_in=sign_in, cookies=cookies, public_url=settings.public_url, now=now)
    hosts = allowed_hosts(settings.public_url, listen_host)
    bordered = SecurityHeaders(HostCheck(BodyLimit(gate), hosts), is_https=settings.public_url.scheme == "https")
    return Application(asgi=Accounting(bordered, metrics), routes=routes)


def _routes(
    people: SignInRoutes, stack: StackRoutes, operations: OperationRoutes, proxy: Proxy, queries: QueryRoutes
) -> list[Route]:
    return [
        Route("/", stack.status_page, methods=["GET"]),
        Route("/explore", stack.explore_page, methods=["GET"]),
        Route("/login", people.show, methods=["GET"]),
        Route("/login", people.submit, methods=["POST"]),
        Route("/api/session", people.session, methods=["GET"]),
        Route("/api/logout", people.sign_out, methods=["POST"]),
        Route("/api/overview", stack.read_overview, methods=["GET"]),
        Route("/api/datasources/health", stack.all_sources, methods=["GET"]),
        Route("/api/datasources/{name}/health", stack.one_source, methods=["GET"]),
        *(
            Route(f"/api/{upstream}/{{rest:path}}", proxy.forward, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
            for upstream in ("prometheus", "alertmanager", "logs")
        ),
        Route("/api/query", queries.batch, methods=["POST"]),
        Route("/api/health", operations.health, methods=["GET"]),
        Route("/-/healthy", operations.healthy, methods=["GET"]),
        Route("/-/ready", operations.ready, methods=["GET"]),
        Route("/metrics", operations.expose, methods=["GET"]),
        Route("/robots.txt", operations.robots, methods=["GET"]),
        Route("/static/{name:path}", stack.files.serve, methods=["GET"]),
    ]


async def _nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope)
    answer: Response = refuse(404, "not_found", "cannot find this here")
    if not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", ""):
        answer = PlainTextResponse("There is no such page here.\n", status_code=404)
    await answer(scope, receive, send)


async def _keep_administrator(file: AdministratorFile) -> None:
    """Follow the password file; a file that cannot be used leaves the password as it is, and is complained about once."""
    complaint = ""
    while True:
        await asyncio.sleep(_LOOK_AT_PASSWORD_FILE_EVERY_S)
        try:
            file.apply_if_changed()
            complaint = ""
        except (PasswordFileUnusable, sqlite3.Error) as error:
            if str(error) != complaint:
                complaint = str(error)
                say("the administrator's password stays as it is", level=30, reason=complaint)


async def _forget_sessions(sessions: Sessions) -> None:
    while True:
        try:
            sessions.forget_expired()
        except sqlite3.Error as error:
            say("cannot delete expired sessions", level=30, reason=error)
        await asyncio.sleep(_FORGET_SESSIONS_EVERY_S)
