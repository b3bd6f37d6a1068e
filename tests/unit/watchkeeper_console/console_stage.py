"""The whole console in this process, on clocks that the test moves, with browsers that keep their cookies."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Mapping, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from watchkeeper_console.addresses import parse_http_url
from watchkeeper_console.application import Application, build
from watchkeeper_console.settings import HttpUrl, SessionLimits, Settings, Stack, UpstreamName

USER = "admin"
PASSWORD = "a-long-and-well-kept-password"
BASE = "http://127.0.0.1:23000"
START = 1_795_000_000.0
PAGE = {"Accept": "text/html,application/xhtml+xml"}


def url(text: str) -> HttpUrl:
    parsed = parse_http_url(text)
    assert isinstance(parsed, HttpUrl)
    return parsed


def some_settings(
    folder: Path,
    *,
    public_url: str = BASE,
    upstreams: Mapping[UpstreamName, str] | None = None,
    stack: Stack | None = None,
    verify_report: Path | None = None,
    **more: Any,
) -> Settings:
    """Settings whose password file lies in ``folder`` and holds PASSWORD."""
    password_file = folder / "admin-password"
    if not password_file.exists():
        password_file.write_text(PASSWORD + "\n")
        password_file.chmod(0o600)
    return Settings(
        public_url=url(public_url),
        admin_user=USER,
        admin_password_file=password_file,
        session=SessionLimits(idle_s=8 * 3600, absolute_s=7 * 86400),
        upstreams={name: url(text) for name, text in (upstreams or {}).items()},
        stack=stack or Stack(name="demo"),
        verify_report=verify_report,
        **more,
    )


@dataclass(slots=True)
class Clock:
    """Moves only when told to."""

    at: float = START

    def __call__(self) -> float:
        return self.at


@dataclass(slots=True)
class Console:
    """A running console. ``clock`` is its time of day and, moved alike, its steady clock."""

    application: Application
    settings: Settings
    clock: Clock
    steady: Clock = field(default_factory=Clock)

    def wait(self, seconds: float) -> None:
        self.clock.at += seconds
        self.steady.at += seconds

    def browser(self, *, address: str = "127.0.0.1", base: str = BASE, **headers: str) -> httpx.AsyncClient:
        """A client with cookies of its own that does not follow redirects."""
        transport = httpx.ASGITransport(app=self.application.asgi, client=(address, 40000))
        return httpx.AsyncClient(transport=transport, base_url=base, headers=headers)

    @asynccontextmanager
    async def signed_in(self, *, address: str = "127.0.0.1") -> AsyncIterator[httpx.AsyncClient]:
        """A browser whose person has just signed in."""
        async with self.browser(address=address) as browser:
            answer = await sign_in(browser)
            assert answer.status_code == 303, answer.text
            yield browser


@asynccontextmanager
async def running(settings: Settings, data_folder: Path) -> AsyncIterator[Console]:
    """The console with its background chores, until the block ends."""
    clock, steady = Clock(), Clock()
    data_folder.mkdir(exist_ok=True)
    application = build(settings, data_folder, listen_host="127.0.0.1", now=clock, steady=steady)
    incoming: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
    outgoing: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0"}}
    lifespan = asyncio.ensure_future(application.asgi(scope, incoming.get, outgoing.put))
    await incoming.put({"type": "lifespan.startup"})
    assert (await outgoing.get())["type"] == "lifespan.startup.complete"
    try:
        yield Console(application, settings, clock, steady)
    finally:
        await incoming.put({"type": "lifespan.shutdown"})
        await lifespan


def a_user(
    stage: Console, role: str, *, organisation: str | None = None, name: str = "", address: str = "127.0.0.1"
) -> httpx.AsyncClient:
    """A browser in which a new user of that role has just signed in. ``X-Form-Token``, sent with every request, holds the
    token that changes need.
    """
    people = stage.application.people
    user = name or f"user-{secrets.token_hex(4)}"
    people.accounts.create(user, password_hash="", role=role, organisation=organisation, source="local")  # type: ignore[arg-type]
    session_id = people.sessions.begin(user)
    found = people.sessions.find(session_id, by_person=True)
    assert found is not None
    browser = stage.browser(address=address, **{"X-Form-Token": people.sessions.form_token(found.session.key)})
    browser.cookies.set(stage.application.cookies.session, session_id)
    return browser


async def form_token(browser: httpx.AsyncClient) -> str:
    """The token in the sign-in form that this browser is shown."""
    page = await browser.get("/login", headers=PAGE)
    found = re.search(r'name="token" value="([0-9a-f]+)"', page.text)
    assert found, page.text
    return found[1]


async def sign_in(
    browser: httpx.AsyncClient, *, user: str = USER, password: str = PASSWORD, wanted: str = "/", **headers: str
) -> httpx.Response:
    """What a person does at the sign-in page."""
    form = {"user": user, "password": password, "next": wanted, "token": await form_token(browser)}
    return await browser.post("/login", data=form, headers=headers)


async def session_token(browser: httpx.AsyncClient) -> str:
    """The token that changes need in this browser's session."""
    return str((await browser.get("/api/session")).json()["token"])


def session_cookie(browser: httpx.AsyncClient) -> str:
    """The session id that the browser holds; empty without one."""
    return next((cookie.value or "" for cookie in browser.cookies.jar if "watchkeeper_session" in cookie.name), "")


def session_cookie_name(browser: httpx.AsyncClient) -> str:
    return next(cookie.name for cookie in browser.cookies.jar if "watchkeeper_session" in cookie.name)
