"""The push client against a socket that says exactly what a test wants."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from watchkeeper_shipper.push import Accepted, Outcome, PushClient, Refused, Unavailable

SILENCE = b""
OK = b"HTTP/1.1 204 No Content\r\n\r\n"


class Script:
    """A server that plays one answer per request, each on the connection it came by; None closes it instead."""

    def __init__(self, answers: list[bytes | None]) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self._answers = answers
        self._closed = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/push?x=1"
        self._thread = threading.Thread(target=self._play, daemon=True)
        self._thread.start()

    def _play(self) -> None:
        while self._answers:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            with connection:
                while self._answers and (request := self._request(connection)):
                    self.requests.append(request)
                    answer = self._answers.pop(0)
                    if answer is None:
                        break
                    if answer == SILENCE:
                        self._closed.wait(10)
                    connection.sendall(answer)
                    if b"Connection: close" in answer:
                        break

    def _request(self, connection: socket.socket) -> bytes:
        data = b""
        while not data.endswith(b"BODY"):
            try:
                chunk = connection.recv(65536)
            except ConnectionResetError:
                return b""
            if not chunk:
                return b""
            data += chunk
        return data

    def close(self) -> None:
        self._closed.set()
        self._listener.close()


@pytest.fixture
def scripts() -> Iterator[list[Script]]:
    made: list[Script] = []
    yield made
    for script in made:
        script.close()


def pushed(
    scripts: list[Script], *answers: bytes | None, times: int = 1, timeout_s: float = 5.0
) -> tuple[list[Outcome], Script]:
    script = Script(list(answers))
    scripts.append(script)
    client = PushClient(script.url, "blue", timeout_s)
    return [client.push(b"BODY") for _ in range(times)], script


def test_one_connection_serves_many_pushes(scripts: list[Script]) -> None:
    outcomes, script = pushed(scripts, OK, OK, OK, times=3)
    assert outcomes == [Accepted()] * 3
    assert script.connections == 1
    head = script.requests[0].decode()
    assert head.startswith("POST /push?x=1 HTTP/1.1\r\n")
    assert "\r\nX-Scope-OrgID: blue\r\n" in head
    assert "\r\nContent-Length: 4\r\n" in head


def test_a_connection_that_the_server_closed_meanwhile_is_no_failure(scripts: list[Script]) -> None:
    outcomes, script = pushed(scripts, OK, None, OK, times=2)
    assert outcomes == [Accepted()] * 2
    assert script.connections == 2


def test_a_fresh_connection_that_is_cut_is_a_failure(scripts: list[Script]) -> None:
    outcomes, _ = pushed(scripts, None)
    assert isinstance(outcomes[0], Unavailable)
    assert outcomes[0].kind == "connection"


@pytest.mark.parametrize("status", ["429 Too Many Requests", "500 Internal Server Error", "503 Service Unavailable"])
def test_overload_and_failures_of_the_store_are_to_be_retried(scripts: list[Script], status: str) -> None:
    answer = f"HTTP/1.1 {status}\r\nContent-Length: 9\r\nRetry-After: 7\r\n\r\nslow down"
    (outcome,), _ = pushed(scripts, answer.encode())
    assert outcome == Unavailable(kind=status[:3], reason=f"{status[:3]} slow down", retry_after_s=7)


@pytest.mark.parametrize(("wait", "seconds"), [("3600", 60), ("soon", 0), ("-1", 0)])
def test_the_wait_that_a_store_asks_for_is_bounded(scripts: list[Script], wait: str, seconds: int) -> None:
    (outcome,), _ = pushed(scripts, f"HTTP/1.1 503 x\r\nContent-Length: 0\r\nRetry-After: {wait}\r\n\r\n".encode())
    assert isinstance(outcome, Unavailable)
    assert outcome.retry_after_s == seconds


@pytest.mark.parametrize("status", [301, 400, 401, 404, 413])
def test_every_other_answer_is_final_and_its_first_line_the_reason(scripts: list[Script], status: int) -> None:
    (outcome,), _ = pushed(scripts, b"HTTP/1.1 %d x\r\nContent-Length: 10\r\n\r\nfirst\nmore" % status)
    assert outcome == Refused(status=status, reason="first")


def test_an_endless_answer_is_not_read_to_its_end(scripts: list[Script]) -> None:
    outcomes, script = pushed(scripts, b"HTTP/1.1 400 x\r\nContent-Length: 99999999\r\n\r\n" + b"x" * 70_000, OK, times=2)
    assert outcomes == [Refused(status=400, reason="x" * 500), Accepted()]
    assert script.connections == 2


@pytest.mark.parametrize("answer", [b"garbage\r\n\r\n", b"HTTP/1.1 two x\r\n\r\n", b"SSH-2.0-OpenSSH\r\n"])
def test_an_answer_that_is_no_http_is_to_be_retried(scripts: list[Script], answer: bytes) -> None:
    (outcome,), _ = pushed(scripts, answer + b"Connection: close", timeout_s=0.5)
    assert isinstance(outcome, Unavailable)


def test_a_store_that_does_not_answer_is_given_up_in_time(scripts: list[Script]) -> None:
    begun_s = time.monotonic()
    (outcome,), _ = pushed(scripts, SILENCE, timeout_s=0.3)
    assert isinstance(outcome, Unavailable)
    assert outcome.kind == "timeout"
    assert time.monotonic() - begun_s < 2.0


def test_nobody_listening_is_to_be_retried() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    outcome = PushClient(f"http://127.0.0.1:{port}/push", None).push(b"BODY")
    assert isinstance(outcome, Unavailable)
    assert outcome.kind == "connection"
