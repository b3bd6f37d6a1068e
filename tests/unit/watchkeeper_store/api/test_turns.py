"""Tenants take turns at queries."""

from __future__ import annotations

import asyncio

import pytest

from watchkeeper_store.api.turns import TooManyWaiting, Turns


class Desk:
    """Queries that run until they are told to end, and the order in which they began."""

    def __init__(self, together: int, of_one: int) -> None:
        self.turns = Turns(together, of_one)
        self.began: list[str] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self._ends: dict[str, asyncio.Event] = {}

    async def ask(self, name: str, most_waiting: int = 0) -> None:
        self._ends[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(self._run(name, most_waiting))
        await self.settle()

    async def _run(self, name: str, most_waiting: int) -> None:
        async with self.turns.turn(name[0], most_waiting):
            self.began.append(name)
            await self._ends[name].wait()

    async def end(self, name: str) -> None:
        self._ends[name].set()
        await self.settle()

    async def settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)


async def test_a_tenant_with_many_queries_leaves_room_for_another() -> None:
    desk = Desk(3, 2)
    for name in ("a1", "a2", "a3", "a4", "b1"):
        await desk.ask(name)
    assert desk.began == ["a1", "a2", "b1"]


async def test_free_places_go_round_the_tenants() -> None:
    desk = Desk(1, 1)
    for name in ("a1", "a2", "a3", "b1", "b2", "c1"):
        await desk.ask(name)
    for name in ("a1", "a2", "b1", "c1", "a3"):
        await desk.end(name)
    assert desk.began == ["a1", "a2", "b1", "c1", "a3", "b2"]


async def test_queries_of_one_tenant_keep_their_order() -> None:
    desk = Desk(1, 1)
    for name in ("a1", "a2", "a3"):
        await desk.ask(name)
    await desk.end("a1")
    await desk.ask("a4")
    for name in ("a2", "a3"):
        await desk.end(name)
    assert desk.began == ["a1", "a2", "a3", "a4"]


async def test_who_gives_up_waiting_takes_no_place() -> None:
    desk = Desk(1, 1)
    for name in ("a1", "b1", "c1"):
        await desk.ask(name)
    desk.tasks["b1"].cancel()
    await desk.settle()
    await desk.end("a1")
    assert desk.began == ["a1", "c1"]


async def test_a_place_given_to_who_leaves_in_the_same_moment_goes_on_to_the_next() -> None:
    desk = Desk(1, 1)
    for name in ("a1", "b1", "c1"):
        await desk.ask(name)
    desk._ends["a1"].set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)  # a1 has ended and called b1, which has not run yet
    desk.tasks["b1"].cancel()
    await desk.settle()
    await desk.end("c1")
    assert "c1" in desk.began
    await desk.ask("d1")
    assert desk.began[-1] == "d1"


async def test_too_many_waiting_are_refused_at_once() -> None:
    desk = Desk(1, 1)
    for name in ("a1", "a2", "a3"):
        await desk.ask(name, most_waiting=1)
    with pytest.raises(TooManyWaiting):
        await desk.tasks["a3"]
    await desk.end("a1")
    assert desk.began == ["a1", "a2"]


async def test_running_and_waiting_queries_that_are_given_up_at_once_all_end_and_leave_every_place() -> None:
    desk = Desk(together=2, of_one=2)
    for name in ("a1", "a2", "a3", "a4"):
        await desk.ask(name)
    for task in desk.tasks.values():
        task.cancel()
    await desk.settle()
    assert all(task.cancelled() for task in desk.tasks.values())
    assert desk.began == ["a1", "a2"]
    for name in ("b1", "b2"):
        await desk.ask(name)
    assert desk.began[2:] == ["b1", "b2"]
    for name in ("b1", "b2"):
        await desk.end(name)
