"""The program in our own image that asks one address once: run as the engine runs it."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import watchkeeper.acquire.own_image as recipe

PROBE = Path(str(recipe.__file__)).with_name("probe.py")


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/-/ready" else 503)
        self.end_headers()
        self.wfile.write(b"all is well")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own signature
        """Quiet."""


@pytest.fixture
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Pages) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def ask(*words: str) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "-I", "-S", str(PROBE), *words], capture_output=True, text=True, check=False)
    return done.returncode, done.stderr.strip()


def test_the_wanted_answer_ends_with_nothing(address: str) -> None:
    assert ask(f"http://{address}/-/ready") == (0, "")
    assert ask(f"http://{address}/-/ready", "200", "2", "is well") == (0, "")
    assert ask(f"http://{address}/other", "503") == (0, "")
    assert ask(f"tcp://{address}", "0", "1") == (0, "")


def test_any_other_answer_ends_with_the_reason(address: str) -> None:
    assert ask(f"http://{address}/other") == (1, f"http://{address}/other: answered 503, not 200")
    assert ask(f"http://{address}/-/ready", "200", "2", "on fire")[1].endswith("did not contain 'on fire'")


def test_silence_and_refusal_both_fail() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        status, said = ask(f"http://127.0.0.1:{port}/", "200", "0.3")
    assert (status, said) == (1, f"http://127.0.0.1:{port}/: timed out")
    assert ask(f"http://127.0.0.1:{port}/")[1].endswith("Connection refused")
