"""Whose client has gone is not worked for any more, and what takes less than a thread does is done at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from watchkeeper_store.api import application, read, service
from watchkeeper_store.api.application import Application
from watchkeeper_store.api.http import Request, Response
from watchkeeper_store.api.service import Service
from watchkeeper_store.process import running
from watchkeeper_store.query.scope import NotInMemory, Scope
from watchkeeper_store.settings import settings_of

SCOPE = {"type": "http", "method": "GET", "path": "/wait", "headers": [], "query_string": b"", "client": ("127.0.0.1", 1)}


class Client:
    """Sends a request without a body; goes away when told to."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()
        self.asked = False
        self.tasks = 0
        self.received: list[Any] = []

    async def receive(self) -> dict[str, Any]:
        if not self.asked:
            self.asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.tasks = max(self.tasks, len(asyncio.all_tasks()))
        await asyncio.sleep(0)  # what is sent takes a while
        self.received.append(message)


class Work:
    """A handler that works until it is told to finish."""

    def __init__(self) -> None:
        self.begun, self.finish = asyncio.Event(), asyncio.Event()
        self.was_cancelled = False

    async def __call__(self, _: Service, __: Request) -> Response:
        self.begun.set()
        try:
            await self.finish.wait()
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise
        return Response(b"done")


async def under_way(one: Service, work: Work, client: Client) -> asyncio.Task[None]:
    """The answer to a request that is being worked for."""
    task = asyncio.ensure_future(Application(one)(SCOPE, client.receive, client.send))
    await work.begun.wait()
    return task


@pytest.fixture
async def one(tmp_path: Path) -> AsyncIterator[Service]:
    async with running(settings_of(["--data-dir", str(tmp_path / "data")])) as service:
        yield service


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    work = Work()
    monkeypatch.setitem(application.ROUTES, "/wait", (("GET",), work))
    return work


async def test_work_ends_when_its_client_goes_away(one: Service, work: Work) -> None:
    client = Client()
    task = await under_way(one, work, client)
    client.gone.set()
    await asyncio.wait_for(task, 5)
    assert work.was_cancelled
    assert client.received == []
    assert not task.cancelled()


async def test_a_client_that_stays_is_answered(one: Service, work: Work) -> None:
    client = Client()
    task = await under_way(one, work, client)
    work.finish.set()
    await asyncio.wait_for(task, 5)
    assert [message.get("body") for message in client.received] == [None, b"done"]


async def test_a_client_that_goes_away_in_the_moment_of_the_answer_harms_nobody(one: Service, work: Work) -> None:
    client = Client()
    task = await under_way(one, work, client)
    client.gone.set()  # told in the same turn of the loop in which the answer is there
    work.finish.set()
    await asyncio.wait_for(task, 5)
    assert [message.get("body") for message in client.received] == [None, b"done"]


async def test_whoever_else_cancels_the_work_is_heard(one: Service, work: Work) -> None:
    client = Client()
    task = await under_way(one, work, client)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert work.was_cancelled


async def test_an_answer_that_is_there_at_once_is_not_watched_over(one: Service, work: Work) -> None:
    client = Client()
    work.finish.set()
    before = len(asyncio.all_tasks())
    await Application(one)(SCOPE, client.receive, client.send)
    assert [message.get("body") for message in client.received] == [None, b"done"]
    assert client.tasks == before


async def test_little_is_looked_up_at_once_and_much_in_a_thread(one: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def where() -> str:
        return threading.current_thread().name

    assert await one.look_up("t", where) == "MainThread"
    monkeypatch.setattr(service, "_LITTLE", -1)
    assert (await one.look_up("t", where)).startswith("query")


async def test_what_is_at_hand_is_answered_at_once_and_all_else_in_a_thread(one: Service) -> None:
    asked: list[bool] = []

    def where(scope: Scope) -> str:
        asked.append(scope.memory_only)
        return threading.current_thread().name

    def only_in_a_thread(scope: Scope) -> str:
        if scope.memory_only:
            raise NotInMemory
        return where(scope)

    assert await one.query("t", where, at_hand=True) == "MainThread"
    assert (await one.query("t", only_in_a_thread, at_hand=True)).startswith("query")
    assert (await one.query("t", where)).startswith("query")
    assert asked == [True, False, False]


@pytest.mark.parametrize(("query", "limit", "direction", "at_hand"), [
    ('{a="b"}', 500, "backward", True), ('{a="b"}', 501, "backward", False), ('{a="b"}', 10, "forward", False),
    ('{a="b"} |= "x"', 10, "backward", False), ('{a="b"} | logfmt', 10, "backward", False),
])  # fmt: skip
async def test_a_few_of_the_newest_whole_lines_may_be_at_hand(
    one: Service, monkeypatch: pytest.MonkeyPatch, query: str, limit: int, direction: str, at_hand: bool
) -> None:
    asked: list[bool] = []
    query_of = Service.query

    async def noted(self: Service, tenant: str, run: Any, timeout_s: float | None = None, *, at_hand: bool = False) -> Any:
        asked.append(at_hand)
        return await query_of(self, tenant, run, timeout_s, at_hand=at_hand)

    monkeypatch.setattr(Service, "query", noted)
    parameters = {"query": [query], "limit": [str(limit)], "direction": [direction]}
    answer = await read.query_range(one, Request(method="GET", path="", headers={}, parameters=parameters))
    assert (answer.status, asked) == (200, [at_hand])
