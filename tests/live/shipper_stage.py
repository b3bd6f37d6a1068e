"""What the shipper's live tests play on: a real HTTP server that speaks the push API, and a real shipper process."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import yaml

from watchkeeper_wire.loki_push import Stream, decode_push, decompress_block


def wait_until(condition: Callable[[], Any], within_s: float = 10.0, what: str = "the condition") -> Any:
    """The condition's first true value; fails the test where there is none in time."""
    deadline = time.monotonic() + within_s
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"{what} did not become true within {within_s} s"
        time.sleep(0.01)


class Receiver:
    """A store that acknowledges what it keeps. ``answers`` is asked before each push: a status other than 204 refuses it."""

    def __init__(self, port: int = 0) -> None:
        self.streams: list[Stream] = []
        self.arrived_at_s: dict[str, float] = {}
        self.requests: list[dict[str, str]] = []
        self.answer: Callable[[], tuple[int, dict[str, str], bytes]] = lambda: (204, {}, b"")
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, headers, answer = receiver.answer()
                if self.path != "/loki/api/v1/push":
                    status, answer = 404, b"404 page not found\n"
                if status == 204:
                    receiver.keep(body, dict(self.headers))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):  # a class per receiver, so that each has its own connections
            daemon_threads = True
            connections: ClassVar[list[socket.socket]] = []

            def process_request(self, request: Any, client_address: Any) -> None:
                self.connections.append(request)
                super().process_request(request, client_address)

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass

        self._server = Server(("127.0.0.1", port), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/loki/api/v1/push"

    def keep(self, body: bytes, headers: dict[str, str]) -> None:
        streams = decode_push(decompress_block(body, 64 * 1024 * 1024))
        now_s = time.time()
        self.requests.append(headers)
        self.streams += streams
        for stream in streams:
            for entry in stream.entries:
                self.arrived_at_s.setdefault(entry.line, now_s)

    def lines(self, **labels: str) -> list[str]:
        """Every line received, in order, of the streams with these labels."""
        return [
            entry.line
            for stream in list(self.streams)
            if all(stream.labels.get(name) == value for name, value in labels.items())
            for entry in stream.entries
        ]

    def die(self) -> None:
        """Go away like a killed process: no new connections, and the open ones are cut."""
        self._server.shutdown()
        self._server.server_close()
        for connection in self._server.connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()


class Shipper:
    """One shipper process and its files."""

    def __init__(self, folder: Path, config: dict[str, Any], environment: dict[str, str] | None = None) -> None:
        self.data_folder = folder / "data"
        self.config = folder / "shipper.yaml"
        self.config.write_text(yaml.safe_dump(config))
        self.output = folder / "output.txt"
        self.port = free_port()
        self.environment = {**os.environ, **(environment or {})}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, ready: bool = True) -> Shipper:
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "watchkeeper_shipper"),
                    *("--listen-address", f"127.0.0.1:{self.port}"),
                    *("--data-dir", str(self.data_folder), "--config", str(self.config)),
                ],
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self.environment,
            )
        if ready:
            wait_until(lambda: self.get("/-/ready")[0] == 200, what="/-/ready")
        return self

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()
        except OSError:
            return 0, ""

    def metric(self, series: str) -> float:
        """The value of one series as it is written on the page; 0 where it is absent."""
        for line in self.get("/metrics")[1].splitlines():
            name, _, value = line.rpartition(" ")
            if name == series:
                return float(value)
        return 0.0

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self, within_s: float = 5.0) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(within_s)

    def end(self) -> None:
        """At the end of a test, whatever became of the process."""
        if self.process is not None and self.process.poll() is None:
            self.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def append(file: Path, lines: Iterable[str]) -> None:
    with file.open("a") as out:
        out.write("".join(f"{line}\n" for line in lines))


def cpu_s(pid: int) -> float:
    """Processor time the process has used, in steps of the kernel's clock."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
