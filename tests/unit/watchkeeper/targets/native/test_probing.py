"""One question to one process, against servers that answer byte by byte what they are told."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from watchkeeper.targets.native.probe_point import ProbePoint
from watchkeeper.targets.native.probing import ask
from watchkeeper.verify.receivers.certificate import make_certificate

OK = b"HTTP/1.1 200 OK\r\n\r\n"


@contextmanager
def _saying(*chunks: bytes, pause_s: float = 0.0) -> Iterator[ProbePoint]:
    """A server that takes one request, sends the chunks and closes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, suppress(BrokenPipeError):  # the asker may have heard enough
                connection.recv(65_536)
                for chunk in chunks:
                    connection.sendall(chunk)
                    time.sleep(pause_s)

        threading.Thread(target=serve, daemon=True).start()
        yield ProbePoint(host="127.0.0.1", port=listener.getsockname()[1], path="/-/ready", timeout_s=0.5)


def test_the_right_status_passes() -> None:
    with _saying(OK) as point:
        assert ask(point).passed


def test_another_status_fails_and_is_named() -> None:
    with _saying(b"HTTP/1.1 503 Service Unavailable\r\n\r\n") as point:
        assert ask(point).detail == "/-/ready answered 503, not 200"
    with _saying(b"HTTP/1.1 204 No Content\r\n\r\n") as point:
        assert ask(replace(point, status=204)).passed


def test_the_body_must_contain_what_was_asked_for_even_in_pieces() -> None:
    with _saying(OK + b"all is we", b"ll") as point:
        assert ask(replace(point, contains="is well")).passed
    with _saying(OK + b"all is lost") as point:
        assert ask(replace(point, contains="is well")).detail == "/-/ready did not contain 'is well'"


def test_what_is_asked_for_counts_only_in_the_body() -> None:
    with _saying(b"HTTP/1.1 200 OK\r\nX: is well\r\n\r\nlost") as point:
        assert not ask(replace(point, contains="is well")).passed


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\n", b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1\r\n\r\n"])
def test_what_is_no_http_answer_fails(said: bytes) -> None:
    with _saying(said) as point:
        assert ask(point).detail == "no HTTP answer at /-/ready"


def test_a_server_that_trickles_is_as_late_as_a_silent_one() -> None:
    with _saying(*[bytes([byte]) for byte in OK], pause_s=0.1) as point:
        started = time.monotonic()
        answer = ask(point)
    assert answer.detail == "no answer within 0.5 s"
    assert time.monotonic() - started < 1.0


def test_a_refused_connection_fails() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    answer = ask(ProbePoint(host="127.0.0.1", port=port))
    assert answer.detail == f"nothing listens on 127.0.0.1:{port}"


def test_without_a_path_a_connection_is_enough() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert ask(ProbePoint(host="127.0.0.1", port=listener.getsockname()[1])).passed


def test_what_is_sent_must_be_answered() -> None:
    send = b"are you there?".hex()
    with _saying(b"\0") as point:
        assert ask(replace(point, path="", send=send)).passed
    with _saying() as point:
        assert ask(replace(point, path="", send=send)).detail == "it hung up without an answer"


def test_a_process_that_hangs_fails_though_the_kernel_accepts_for_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody_accepts:
        point = ProbePoint(host="127.0.0.1", port=nobody_accepts.getsockname()[1], timeout_s=0.3)
        assert ask(point).passed
        assert ask(replace(point, send=b"ask".hex())).detail == "no answer within 0.3 s"


def test_a_server_with_its_own_certificate_is_asked_over_tls(tmp_path: Path) -> None:
    _, context = make_certificate(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with context.wrap_socket(connection, server_side=True) as secured:
                secured.recv(65_536)
                secured.sendall(OK)

        threading.Thread(target=serve, daemon=True).start()
        point = ProbePoint(host="127.0.0.1", port=listener.getsockname()[1], path="/", tls=True)
        assert ask(point).passed
