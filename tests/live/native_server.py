"""A small server that behaves as badly as it is told; the live tests of the native target run it in place of real components.

It speaks ``/-/ready``, ``/text`` (of ``--read``), ``/environment`` and ``/hog`` (take 80 MiB and keep them).
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_STARTED_S = time.monotonic()


class _Server(ThreadingHTTPServer):
    options: argparse.Namespace
    text = ""
    hog = bytearray()


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        status, body = self._answer()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self) -> tuple[int, bytes]:
        match self.path:
            case "/-/ready":
                late = time.monotonic() - _STARTED_S < self.server.options.ready_after_s
                return (503 if late else 200), b"ok"
            case "/text":
                return 200, self.server.text.encode()
            case "/environment":
                return 200, "\n".join(f"{name}={value}" for name, value in sorted(os.environ.items())).encode()
            case "/hog":
                self.server.hog = bytearray(os.urandom(1 << 20) * 80)
                return 200, b"full"
            case _:
                return 404, b""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own signature
        pass


def main() -> None:
    options = _options()
    _say(f"hello from {options.address}")
    if options.crash:
        _say("the disk ate my homework")
        sys.exit(3)
    _misbehave(options)
    host, _, port = options.address.rpartition(":")
    server = _Server((host, int(port)), _Handler)
    server.options = options
    if options.read:
        _keep_reading(server, options.read)
    server.serve_forever()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("--ready-after-s", type=float, default=0.0)
    parser.add_argument("--crash", action="store_true")
    parser.add_argument("--crash-after-s", type=float, default=0.0)
    parser.add_argument("--ignore-term", action="store_true")
    parser.add_argument("--grandchild", type=Path, help="start one in a session of its own, and write its pid here")
    parser.add_argument("--read", type=Path)
    parser.add_argument("--write", type=Path)
    return parser.parse_args()


def _misbehave(options: argparse.Namespace) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN if options.ignore_term else lambda *_: os._exit(0))
    if options.grandchild:
        child = subprocess.Popen(["/bin/sleep", "1000"], start_new_session=True)
        options.grandchild.write_text(str(child.pid))
    if options.crash_after_s:
        threading.Timer(options.crash_after_s, os._exit, [4]).start()
    if options.write:
        with options.write.open("a") as file:
            file.write("started\n")


def _keep_reading(server: _Server, path: Path) -> None:
    def read(*_: object) -> None:
        server.text = path.read_text()

    read()
    signal.signal(signal.SIGHUP, read)


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
