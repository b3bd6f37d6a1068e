"""The sockets: one thread per connection, few connections, short patience."""

import ipaddress
import socket
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from watchkeeper_mocks.server.answering import MAX_BODY_BYTES, Answer, Answering, Request

MAX_CONNECTIONS = 64
# Longer than a usual scrape interval, so that Prometheus can keep its connections open.
_IDLE_S = 95.0


class AddressRefused(Exception):
    """The address cannot be listened on; the message says why."""


class Server(ThreadingHTTPServer):
    """Serves until `shutdown` is called."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, host: str, port: int, answering: Answering) -> None:
        self.answering = answering
        self._places = threading.BoundedSemaphore(MAX_CONNECTIONS)
        self.address_family = socket.AF_INET6 if _is_ipv6(host) else socket.AF_INET
        try:
            super().__init__((host, port), _Handler)
        except OSError as error:
            raise AddressRefused(f"cannot listen on {host}:{port}: {error.strerror}") from error

    def server_bind(self) -> None:
        """Bind without looking up the host's name, which can take seconds where there is no DNS."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def process_request(self, request: object, client_address: object) -> None:
        """Give the connection a thread, or close it if there are too many already."""
        if not self._places.acquire(blocking=False):
            self.shutdown_request(request)  # type: ignore[arg-type] # typeshed is narrower than socketserver here
            return
        super().process_request(request, client_address)  # type: ignore[arg-type] # as above

    def process_request_thread(self, request: object, client_address: object) -> None:
        """Serve the connection and free its place."""
        try:
            super().process_request_thread(request, client_address)  # type: ignore[arg-type] # as above
        finally:
            self._places.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away in the middle is not worth a stack trace."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_S
    server: Server

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_DELETE(self) -> None:
        self._handle()

    def version_string(self) -> str:
        """What the Server header says: nothing about Python."""
        return "watchkeeper_mocks"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Requests are counted, not logged."""

    def _handle(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > MAX_BODY_BYTES or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            self._send(
                Answer(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE, body=f"cannot take more than {MAX_BODY_BYTES} bytes\n")
            )
            return
        request = Request(
            method=self.command,
            target=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            client=str(self.client_address[0]),
            body=self.rfile.read(int(length)),
        )
        self._send(self.server.answering.answer(request))

    def _send(self, answer: Answer) -> None:
        body = answer.body.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        if answer.allow:
            self.send_header("Allow", answer.allow)
        self.end_headers()
        self.wfile.write(body)


def _is_ipv6(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).version == 6
    except ValueError:
        return False
