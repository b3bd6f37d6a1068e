"""Real sockets on loopback: what a client sees that does not behave."""

import http.client
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.watchkeeper_mocks.stage import FLAT, a_world

from watchkeeper_mocks.configuration import LogSettings
from watchkeeper_mocks.logs.generator import LogGenerator
from watchkeeper_mocks.own_metrics import OwnMetrics
from watchkeeper_mocks.server.answering import MAX_BODY_BYTES, Answering
from watchkeeper_mocks.server.listening import MAX_CONNECTIONS, AddressRefused, Server


def an_answering(folder: Path) -> Answering:
    world, _ = a_world(FLAT, after_s=1000.0, folder=folder)
    metrics = OwnMetrics(world, LogGenerator(world, LogSettings(), seed="s", folder=folder))
    return Answering(world, metrics, not_ready=lambda: None)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    with Server("127.0.0.1", 0, an_answering(tmp_path)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join(timeout=5)


def test_a_connection_serves_many_requests(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    for _ in range(3):
        connection.request("GET", "/-/healthy")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"watchkeeper_mocks is alive\n")
        assert answer.getheader("Server") == "watchkeeper_mocks"
        assert answer.getheader("Connection") is None
    connection.close()


@pytest.mark.parametrize("length", [str(MAX_BODY_BYTES + 1), "-1", "many"])
def test_a_body_of_an_odd_size_is_refused_and_the_connection_closed(port: int, length: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.putrequest("POST", "/api/incidents")
    connection.putheader("Content-Length", length)
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 413
    answer.read()
    assert connection.sock is None or connection.sock.recv(1) == b""


def test_a_client_that_talks_nonsense_is_told_so(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(b"\x16\x03\x01 what\r\n\r\n")
        assert b"400" in client.recv(1000)


def test_clients_that_say_nothing_do_not_keep_others_out_for_ever(port: int) -> None:
    silent = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(MAX_CONNECTIONS)]
    refused = socket.create_connection(("127.0.0.1", port), timeout=5)
    assert refused.recv(1) == b""  # one too many: closed at once
    for client in (*silent, refused):
        client.close()
    for _ in range(500):  # the places are free again as soon as the threads see the clients gone
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/-/healthy")
            assert connection.getresponse().status == 200
            return
        except (http.client.HTTPException, OSError):
            threading.Event().wait(0.01)
    pytest.fail("no place became free")


def test_an_address_that_is_taken_is_refused_by_name(tmp_path: Path) -> None:
    with (
        Server("127.0.0.1", 0, an_answering(tmp_path)) as first,
        pytest.raises(AddressRefused, match=rf"cannot listen on 127\.0\.0\.1:{first.server_port}: Address already in use"),
    ):
        Server("127.0.0.1", first.server_port, an_answering(tmp_path))


def test_a_host_that_cannot_be_found_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(AddressRefused, match=r"cannot listen on no-such-host\.invalid:0"):
        Server("no-such-host.invalid", 0, an_answering(tmp_path))
