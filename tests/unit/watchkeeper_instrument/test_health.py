"""Health: checks at the same time, each within its time, and an answer that tells what is wrong without telling secrets."""

from __future__ import annotations

import asyncio
import json
import threading
import time

import pytest
from tests.unit.watchkeeper_instrument.bench import a_bench

from watchkeeper_instrument import CannotInstrument
from watchkeeper_instrument.exposition import health_body


async def test_all_checks_pass() -> None:
    bench = a_bench(version="1.2.3", environment="production")

    async def cache() -> bool:
        return True

    bench.watch.check("database", lambda: None)
    bench.watch.check("redis", cache)
    status, content_type, body = health_body(await bench.watch.health.report(), bench.watch.settings)
    told = json.loads(body)
    assert (status, content_type) == (200, "application/json")
    assert (told["status"], told["version"], told["environment"]) == ("healthy", "1.2.3", "production")
    assert told["checks"] == {"database": "ok", "redis": "ok"}
    assert told["timestamp"].endswith("Z")
    assert bench.value("health_check_up", check="redis", critical="true") == 1


async def test_a_critical_failure_is_503_and_names_no_secret() -> None:
    bench = a_bench()

    def database() -> None:
        raise ConnectionError("postgres://orders:hunter2@db refused")

    bench.watch.check("database", database)
    bench.watch.check("mail", lambda: False, critical=False)
    status, _, body = health_body(await bench.watch.health.report(), bench.watch.settings)
    told = json.loads(body)
    assert (status, told["status"]) == (503, "unhealthy")
    assert told["checks"] == {"database": "error", "mail": "error"}
    assert told["details"]["database"]["error"] == "ConnectionError"
    assert b"hunter2" not in body
    assert bench.value("health_check_up", check="database", critical="true") == 0


async def test_a_failure_that_is_not_critical_only_degrades() -> None:
    bench = a_bench()
    bench.watch.check("mail", lambda: False, critical=False)
    report = await bench.watch.health.report()
    assert (report.status, report.http_status) == ("degraded", 200)


async def test_checks_run_at_the_same_time_and_each_within_its_own() -> None:
    bench = a_bench()

    async def hangs() -> None:
        await asyncio.sleep(60)

    async def ignores_its_end() -> None:
        deadline_s = time.monotonic() + 3
        while time.monotonic() < deadline_s:
            try:
                await asyncio.sleep(0.1)
            except asyncio.CancelledError:
                continue

    bench.watch.check("one", hangs, timeout_s=0.3)
    bench.watch.check("two", ignores_its_end, timeout_s=0.3)
    bench.watch.check("three", lambda: time.sleep(2), timeout_s=0.3)
    started_s = time.perf_counter()
    report = await bench.watch.health.report()
    assert time.perf_counter() - started_s < 1.5
    assert {one.error for one in report.outcomes} == {"no answer within 0.3 s"}


async def test_a_plain_check_that_hangs_holds_one_thread_and_no_more() -> None:
    bench = a_bench(health_cache_s=0.0)
    release = threading.Event()
    bench.watch.check("stuck", lambda: release.wait(20), timeout_s=0.05)
    before = threading.active_count()
    for _ in range(5):
        assert (await bench.watch.health.report()).status == "unhealthy"
    assert threading.active_count() - before == 1
    release.set()


async def test_many_who_ask_at_once_cause_one_run_and_a_second_is_remembered() -> None:
    bench, runs = a_bench(health_cache_s=30.0), []

    async def counted() -> None:
        runs.append(1)
        await asyncio.sleep(0.05)

    bench.watch.check("database", counted)
    reports = await asyncio.gather(*(bench.watch.health.report() for _ in range(20)))
    assert len({id(one) for one in reports}) == 1
    await bench.watch.health.report()
    assert len(runs) == 1


def test_a_server_without_a_loop_gets_the_same_report() -> None:
    bench = a_bench()

    async def checked() -> bool:
        return False

    bench.watch.check("database", checked)
    assert bench.watch.health.report_from_thread().status == "unhealthy"


@pytest.mark.parametrize("timeout_s", [0, -1, 31])
def test_a_time_that_is_none_is_refused(timeout_s: float) -> None:
    with pytest.raises(CannotInstrument, match="cannot wait"):
        a_bench().watch.check("database", lambda: None, timeout_s=timeout_s)


def test_two_checks_of_one_name_are_refused() -> None:
    bench = a_bench()
    bench.watch.check("database", lambda: None)
    with pytest.raises(CannotInstrument, match="second check named database"):
        bench.watch.check("database", lambda: None)
