"""Writing to a receiver on loopback that speaks remote write and refuses what it is told to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from watchkeeper_store.forward.refused import Refused
from watchkeeper_store.forward.remote_write import PrometheusAway, RemoteWrite
from watchkeeper_store.forward.translate import Outgoing
from watchkeeper_wire.loki_push import decompress_block
from watchkeeper_wire.remote_write import Sample, Series, decode_write


class Receiver(ThreadingHTTPServer):
    """Keeps the names of series it took, request by request; refuses a request with ``refusal`` where it holds ``refuses``."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.refuses: set[str] = set()
        self.refusal = (400, "out of order sample")
        self.took: list[list[str]] = []
        self.requests = 0
        self.url = f"http://127.0.0.1:{self.server_address[1]}/api/v1/write"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        names = [dict(one.labels)["__name__"] for one in decode_write(decompress_block(body, 1 << 20))]
        self.server.requests += 1
        as_agreed = self.path == "/api/v1/write" and self.headers["X-Prometheus-Remote-Write-Version"] == "0.1.0"
        status, text = (204, "") if as_agreed else (404, "not here")
        if self.server.refuses & set(names):
            status, text = self.server.refusal
        if status == 204:
            self.server.took.append(names)
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  http.server's own signature
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def series(*names: str, points: int = 1) -> list[Outgoing]:
    """A series a name; each holds so many data points of its own."""
    return [
        Outgoing(
            series=Series((("__name__", name),), (Sample(1, 1.0),)),
            metric=name,
            points=frozenset(range(place * points, (place + 1) * points)),
        )
        for place, name in enumerate(names)
    ]


async def write(url: str, outgoing: list[Outgoing]) -> tuple[frozenset[int], Refused]:
    refused = Refused()
    with ThreadPoolExecutor(1) as threads:
        remote = RemoteWrite(url, threads)
        try:
            return await remote.write(outgoing, refused), refused
        finally:
            await remote.close()


async def test_all_series_go_in_one_request(receiver: Receiver) -> None:
    lost, refused = await write(receiver.url, series("a", "b", "c"))
    assert receiver.took == [["a", "b", "c"]]
    assert (lost, refused.total()) == (frozenset(), 0)


async def test_nothing_to_write_asks_nobody(receiver: Receiver) -> None:
    await write(receiver.url, [])
    assert receiver.requests == 0


@pytest.mark.parametrize("refusal", [(400, "out of order sample"), (422, "no"), (500, "too old sample"), (413, "")])
async def test_one_series_that_is_refused_does_not_take_the_others_with_it(
    receiver: Receiver, refusal: tuple[int, str]
) -> None:
    receiver.refuses, receiver.refusal = {"c"}, refusal
    lost, refused = await write(receiver.url, series("a", "b", "c", "d", "e", points=2))
    assert receiver.took == [["a", "b"], ["d", "e"]]
    assert lost == {4, 5}
    reason = refusal[1] or "status 413"
    assert refused.text() == f'cannot take 2 data points of "c": Prometheus says: {reason}'


async def test_a_data_point_of_several_refused_series_is_counted_once(receiver: Receiver) -> None:
    receiver.refuses = {"a", "b"}
    shared = [Outgoing(series=one.series, metric="h", points=frozenset({7})) for one in series("a", "b")]
    lost, refused = await write(receiver.url, shared)
    assert (lost, refused.total()) == ({7}, 1)


async def test_where_nearly_all_is_refused_the_number_of_requests_stays_bounded(receiver: Receiver) -> None:
    names = [f"n{number:03}" for number in range(500)]
    receiver.refuses = set(names[1:])
    lost, refused = await write(receiver.url, series(*names))
    assert receiver.requests <= 64 + 10  # what waits in halves is still tried once
    assert receiver.took == [["n000"]]
    assert len(lost) == refused.total() == 499


@pytest.mark.parametrize("refusal", [(500, "disk full"), (503, ""), (429, "slow down"), (404, "not enabled"), (302, "")])
async def test_what_is_not_about_the_series_is_told_as_being_away(receiver: Receiver, refusal: tuple[int, str]) -> None:
    receiver.refuses, receiver.refusal = {"a"}, refusal
    with pytest.raises(PrometheusAway, match=f"^cannot write to Prometheus: it answered {refusal[0]} {refusal[1]}$"):
        await write(receiver.url, series("a", "b"))
    assert receiver.requests == 1


async def test_nobody_at_the_address_is_being_away() -> None:
    with pytest.raises(PrometheusAway, match=r"^cannot write to Prometheus: "):
        await write("http://127.0.0.1:9/api/v1/write", series("a"))
