"""Puts the console together: the routes, what stands before them, and what runs beside them."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from watchkeeper_console.border.accounting import Accounting
from watchkeeper_console.border.answers import refuse
from watchkeeper_console.border.body_limit import LARGEST_BODY_BYTES, BodyLimit
from watchkeeper_console.border.cookies import Cookies, cookies_for
from watchkeeper_console.border.gate import Gate
from watchkeeper_console.border.headers import SecurityHeaders
from watchkeeper_console.border.hosts import HostCheck, allowed_hosts
from watchkeeper_console.identity.accounts import Accounts, AdministratorFile, PasswordFileUnusable
from watchkeeper_console.identity.audit import Audit
from watchkeeper_console.identity.database import Clock, instance_secret, open_database
from watchkeeper_console.identity.passwords import Passwords
from watchkeeper_console.identity.people import People
from watchkeeper_console.identity.sessions import Sessions
from watchkeeper_console.identity.sign_in import SignIn
from watchkeeper_console.identity.tokens import Tokens
from watchkeeper_console.interface.dispatch import routes
from watchkeeper_console.interface.endpoint import Endpoint
from watchkeeper_console.interface.table import ENDPOINTS
from watchkeeper_console.logfmt import say
from watchkeeper_console.metrics import Metrics
from watchkeeper_console.routes.handlers import Scene, handlers, socket_handlers
from watchkeeper_console.settings import Settings
from watchkeeper_console.upstreams.client import Client

_LOOK_AT_PASSWORD_FILE_EVERY_S = 5.0
_FORGET_SESSIONS_EVERY_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """``asgi`` is what a server runs; ``endpoints`` is what it answers. ``people`` and ``cookies`` are for tests."""

    asgi: ASGIApp
    endpoints: Sequence[Endpoint]
    people: People
    cookies: Cookies


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
    people = People(
        accounts=accounts,
        passwords=passwords,
        sessions=Sessions(database, settings.session, now),
        tokens=Tokens(database, now),
        sign_in=SignIn(accounts, passwords, secret, steady),
        audit=Audit(database, now),
        secret=secret,
    )
    metrics = Metrics()
    client = Client(metrics)
    cookies = cookies_for(settings.public_url, secret)
    scene = Scene(
        settings=settings,
        people=people,
        metrics=metrics,
        client=client,
        cookies=cookies,
        database=database,
        now=now,
        steady=steady,
    )
    table = routes(ENDPOINTS, handlers(scene), socket_handlers(scene))

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        chores = [
            asyncio.create_task(_keep_administrator(administrator)),
            asyncio.create_task(_forget_sessions(people.sessions)),
        ]
        try:
            yield
        finally:
            for chore in chores:
                chore.cancel()
            await asyncio.gather(*chores, return_exceptions=True)
            await client.close()
            passwords.close()
            database.close()

    router = Router(table, redirect_slashes=False, default=_nothing_here, lifespan=lifespan)
    open_paths = frozenset(endpoint.path for endpoint in ENDPOINTS if endpoint.access == "open")
    gate = Gate(router, people=people, cookies=cookies, public_url=settings.public_url, open_paths=open_paths, now=now)
    hosts = allowed_hosts(settings.public_url, listen_host)
    larger = {found.path: found.body_limit_bytes for found in ENDPOINTS if found.body_limit_bytes > LARGEST_BODY_BYTES}
    bordered = SecurityHeaders(HostCheck(BodyLimit(gate, larger), hosts), is_https=settings.public_url.scheme == "https")
    return Application(asgi=Accounting(bordered, metrics), endpoints=ENDPOINTS, people=people, cookies=cookies)


async def _nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
    request = HTTPConnection(scope)
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
