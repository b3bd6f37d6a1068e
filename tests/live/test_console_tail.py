"""The tail through the console: a real console process between a real websocket client and a real log store's shape."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest
from tests.live.console_process import PASSWORD, ConsoleProcess, a_console, eventually
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.http11 import Request, Response

pytestmark = pytest.mark.live

TAIL = "/api/logs/loki/api/v1/tail?query="


class Store:
    """Sends a line to whoever follows, and notes who did."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.headers: list[Headers] = []
        self.open = 0
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def judge(self, connection: ServerConnection, request: Request) -> Response | None:
        self.asked.append(request.path)
        self.headers.append(request.headers)
        if "bad" in parse_qs(urlsplit(request.path).query)["query"][0]:
            return Response(400, "Bad Request", Headers(), b"parse error at line 1, col 1: bad")
        return None

    async def follow(self, connection: ServerConnection) -> None:
        self.open += 1
        try:
            for number in range(1_000_000):
                values = [[str(number), f"line {number}"]]
                await connection.send(
                    json.dumps({"streams": [{"stream": {"a": "b"}, "values": values}], "dropped_entries": []})
                )
                await asyncio.sleep(0.02)
        except ConnectionClosed:
            pass
        finally:
            self.open -= 1


@asynccontextmanager
async def a_store() -> AsyncIterator[Store]:
    store = Store()
    async with serve(store.follow, "127.0.0.1", 0, process_request=store.judge) as server:
        store.port = next(iter(server.sockets)).getsockname()[1]
        yield store


@contextmanager
def signed_in(console: ConsoleProcess) -> Iterator[tuple[httpx.Client, str]]:
    """A browser that signed in by its session, and its Cookie header."""
    with httpx.Client(base_url=console.url, trust_env=False) as browser:
        assert browser.post("/login", json={"user": "admin", "password": PASSWORD}).status_code == 200
        yield browser, "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies.jar)


def follow(console: ConsoleProcess, query: str, **headers: str) -> connect:
    origin = headers.pop("origin", console.url)
    return connect(
        console.url.replace("http", "ws") + TAIL + quote(query),
        additional_headers={**headers, **({"Origin": origin} if origin else {})},
        proxy=None,
    )


async def refusal(console: ConsoleProcess, query: str = "{}", **headers: str) -> tuple[int, str]:
    with pytest.raises(InvalidStatus) as refused:
        await follow(console, query, **headers)
    return refused.value.response.status_code, (refused.value.response.body or b"").decode()


async def lines_of(connection: ClientConnection, number: int) -> list[str]:
    async with asyncio.timeout(10):
        return [json.loads(await connection.recv())["streams"][0]["values"][0][1] for _ in range(number)]


async def test_lines_come_through_to_a_browser_that_is_signed_in(tmp_path: Path) -> None:
    async with a_store() as store:
        with a_console(tmp_path, upstreams={"logs": store.url}) as console, signed_in(console) as (_, cookie):
            async with follow(console, '{a="b"} |= "x y"', cookie=cookie) as connection:
                assert await lines_of(connection, 3) == ["line 0", "line 1", "line 2"]
                assert parse_qs(urlsplit(store.asked[0]).query) == {"query": ['{a="b"} |= "x y"']}
                assert not {"cookie", "authorization", "x-scope-orgid"} & {name.lower() for name in store.headers[0]}
            await until(lambda: store.open == 0)


async def test_only_a_known_sender_from_our_own_pages_may_follow(tmp_path: Path) -> None:
    async with a_store() as store:
        with a_console(tmp_path, upstreams={"logs": store.url}) as console, signed_in(console) as (_, cookie):
            assert (await refusal(console))[0] == 401
            for origin in ("http://evil.example", "null", "http://127.0.0.1:1", ""):
                assert (await refusal(console, cookie=cookie, origin=origin))[0] == 403, origin
            assert (await refusal(console, cookie=cookie, Host="evil.example"))[0] in {400, 421}
            with httpx.Client(base_url=console.url, trust_env=False, auth=("admin", PASSWORD)) as program:
                token = program.post("/api/tokens", json={"name": "t"}).status_code
            assert token == 201
        assert store.asked == []


async def test_a_query_that_the_store_refuses_is_told_in_its_words(tmp_path: Path) -> None:
    async with a_store() as store:
        with a_console(tmp_path, upstreams={"logs": store.url}) as console, signed_in(console) as (_, cookie):
            status, words = await refusal(console, "bad", cookie=cookie)
            assert status == 400
            assert "parse error at line 1, col 1: bad" in words


async def test_a_bound_person_follows_their_organisation_only(tmp_path: Path) -> None:
    async with a_store() as store:
        with a_console(tmp_path, upstreams={"logs": store.url}) as console, signed_in(console) as (browser, _):
            headers = {"X-Watchkeeper-Token": browser.get("/api/session").json()["token"]}
            user = {"name": "bound", "password": "a-long-password-1", "organisation": "acme"}
            assert browser.post("/api/users", json=user, headers=headers).status_code == 201
            with httpx.Client(base_url=console.url, trust_env=False) as other:
                other.post("/login", json={"user": "bound", "password": "a-long-password-1"})
                cookie = "; ".join(f"{one.name}={one.value}" for one in other.cookies.jar)
            assert (await refusal(console, "{a='b'}", cookie=cookie))[0] == 403
            async with follow(console, '{a="b"}', cookie=cookie) as connection:
                await lines_of(connection, 1)
                assert parse_qs(urlsplit(store.asked[-1]).query)["query"] == ['{organisation="acme",a="b"}']
                assert browser.patch("/api/users/bound", json={"disabled": True}, headers=headers).status_code == 200
                assert await closing_code(connection) == 1008


async def test_a_store_that_leaves_ends_it_and_the_console_stops_while_lines_flow(tmp_path: Path) -> None:
    async with a_store() as store:
        with a_console(tmp_path, upstreams={"logs": store.url}) as console, signed_in(console) as (_, cookie):
            async with follow(console, "{}", cookie=cookie) as connection:
                await lines_of(connection, 1)
                assert await asyncio.to_thread(console.stop) == 0


async def closing_code(connection: ClientConnection) -> int | None:
    """Read on until the other side closes."""
    async with asyncio.timeout(30):
        try:
            while True:
                await connection.recv()
        except ConnectionClosed:
            return connection.close_code


async def until(condition: object, within_s: float = 10.0) -> None:
    assert callable(condition)
    await asyncio.to_thread(eventually, condition, within_s=within_s)
