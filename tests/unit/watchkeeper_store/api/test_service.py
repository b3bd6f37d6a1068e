"""One query may only take so much memory, and its hunger is not the trouble of others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from watchkeeper_store.api.http import HttpError
from watchkeeper_store.api.service import Service
from watchkeeper_store.process import running
from watchkeeper_store.query.scope import Scope
from watchkeeper_store.settings import settings_of

MANY = "SELECT list(number) FROM range(4000000) AS numbers(number)"
"""One value of 32 MB, which cannot wait on the disk."""


def with_service(folder: Path, config: str, ask: Callable[[Service], Awaitable[None]]) -> None:
    (folder / "store.yaml").write_text(config)
    flags = ["--data-dir", str(folder / "data"), "--config", str(folder / "store.yaml"), "--memory-limit", "24MB"]
    (folder / "data").mkdir()

    async def run() -> None:
        async with running(settings_of(flags)) as service:
            await ask(service)

    asyncio.run(run())


def how_many(service: Service, statement: str) -> Callable[[Scope], int]:
    def run(scope: Scope) -> int:
        with scope.cursor(service.store.duck) as cursor:
            return len(cursor.execute(statement).fetchone()[0])

    return run


def test_a_query_that_finds_no_room_beside_others_has_a_database_of_its_own(tmp_path: Path) -> None:
    async def ask(service: Service) -> None:
        assert await service.query("t", how_many(service, MANY)) == 4_000_000
        assert not service.alone.locked()

    with_service(tmp_path, "limits: {max_query_memory: 256MB}", ask)


def test_a_query_that_needs_more_than_one_may_is_refused_and_the_others_are_answered(tmp_path: Path) -> None:
    async def ask(service: Service) -> None:
        hungry = asyncio.ensure_future(service.query("t", how_many(service, MANY)))
        others = [service.query(f"u{number}", how_many(service, "SELECT [1, 2, 3]")) for number in range(20)]
        assert await asyncio.gather(*others) == [3] * 20
        with pytest.raises(HttpError, match="needs more than 24MB of memory, max_query_memory; narrow") as refused:
            await hungry
        assert refused.value.status == 400

    with_service(tmp_path, "limits: {max_query_memory: 24MB}", ask)


def test_what_a_query_holds_is_counted_by_tenant(tmp_path: Path) -> None:
    def hold_a_megabyte(scope: Scope) -> str:
        scope.hold(1024 * 1024)
        return "held"

    async def ask(service: Service) -> None:
        assert await service.query("t", hold_a_megabyte) == "held"
        with pytest.raises(HttpError, match="more than 512KB of memory"):
            await service.query("modest", hold_a_megabyte)

    with_service(tmp_path, "overrides: {modest: {max_query_memory: 512KB}}", ask)
