"""The shipper's own HTTP endpoints: alive, ready, metrics."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

Answer = tuple[int, str, bytes]

_TEXT = "text/plain; charset=utf-8"


def text_answer(status: int, text: str) -> Answer:
    """A plain answer of one line."""
    return status, _TEXT, text.encode() + b"\n"


def metrics_answer(page: bytes) -> Answer:
    """A page in Prometheus' text format."""
    return 200, CONTENT_TYPE_PLAIN_0_0_4, page


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "watchkeeper_shipper"
    sys_version = ""
    timeout = 10
    server: Endpoints

    def do_GET(self) -> None:
        route = self.server.routes.get(self.path.partition("?")[0])
        status, content_type, body = route() if route else text_answer(404, "not found")
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815 -- the parent looks for this name

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the parent's name for it
        """Requests are not logged: a log that is shipped would grow by being looked after."""


class Endpoints(ThreadingHTTPServer):
    """Listens from its making, answers from `start` on."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, host: str, port: int) -> None:
        """Raises OSError where the address cannot be used."""
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        # The parent asks the resolver for this host's name, which may take minutes and is used for nothing here.
        socketserver.TCPServer.server_bind(self)
        self.server_port = int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away in the middle is no event."""

    def start(self, routes: dict[str, Callable[[], Answer]]) -> None:
        """Answer in a thread of its own until the process ends; ``routes`` are paths and what makes their answers."""
        self.routes = routes
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 3600}, name="endpoints", daemon=True).start()
