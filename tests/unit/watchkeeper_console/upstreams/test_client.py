"""The client for upstreams, against a real server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from tests.unit.watchkeeper_console.upstream_fakes import PrometheusFake, Received, Reply, Upstream, served

from watchkeeper_console.metrics import Metrics
from watchkeeper_console.settings import HttpUrl
from watchkeeper_console.upstreams.client import Ask, Client, UpstreamFailed
from watchkeeper_console.upstreams.connections import MOST_CONNECTIONS


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    made = Client(Metrics())
    yield made
    await made.close()


def an_ask(upstream: Upstream, within_s: float = 5.0) -> Ask:
    host, _, port = upstream.url.removeprefix("http://").partition(":")
    base = HttpUrl(scheme="http", host=host, port=int(port), path="")
    return Ask(name="prometheus", base=base, target=b"/api/v1/query?query=up", within_s=within_s)


async def test_requests_that_are_given_up_at_any_moment_cost_no_later_one_its_connection(client: Client) -> None:
    """A dashboard that is left at once cancels its queries while they wait, connect, are answered and are read."""

    def answer(_: Received) -> Reply:
        return Reply(body=b"x" * 1_000_000, stall_s=0.002)

    with served(answer) as upstream:
        for pause_s in (0.0, 0.0, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032):
            asking = [asyncio.create_task(client.whole(an_ask(upstream))) for _ in range(2 * MOST_CONNECTIONS)]
            await asyncio.sleep(pause_s)
            for task in asking:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)
        answers = await asyncio.gather(*(client.whole(an_ask(upstream)) for _ in range(MOST_CONNECTIONS)))
    assert {answer.status for answer in answers} == {200}


async def test_more_requests_than_connections_wait_for_their_turn(client: Client) -> None:
    with served(PrometheusFake()) as upstream:
        answers = await asyncio.gather(*(client.whole(an_ask(upstream)) for _ in range(3 * MOST_CONNECTIONS)))
    assert {answer.status for answer in answers} == {200}


async def test_a_connection_is_used_again_and_one_that_the_upstream_closed_is_not(client: Client) -> None:
    ports: list[int] = []

    def answer(received: Received) -> Reply:
        ports.append(received.port)
        return Reply(headers={"Connection": "close"} if len(ports) == 3 else {})

    with served(answer) as upstream:
        for _ in range(4):
            assert (await client.whole(an_ask(upstream))).status == 200
    assert ports[0] == ports[1] == ports[2] != ports[3]


async def test_requests_that_find_several_old_connections_at_once_are_all_answered(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watchkeeper_console.upstreams.connections._KEPT_S", 0.05)
    with served(PrometheusFake()) as upstream:
        for _ in range(3):
            answers = await asyncio.gather(*(client.whole(an_ask(upstream)) for _ in range(6)))
            assert {answer.status for answer in answers} == {200}
            await asyncio.sleep(0.1)


async def test_an_upstream_that_hangs_is_given_up_in_time(client: Client) -> None:
    def hang(_: Received) -> Reply:
        time.sleep(0.5)
        return Reply(body={})

    with served(hang) as upstream:
        with pytest.raises(UpstreamFailed, match=r"in time|within"):
            await client.whole(an_ask(upstream, within_s=0.1))
        assert (await client.whole(an_ask(upstream))).status == 200
