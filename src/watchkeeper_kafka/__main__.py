"""``python -m watchkeeper_kafka``: kafka_exporter's flags as far as they are needed, signals, and the exit code."""

from __future__ import annotations

import argparse
import http.server
import sys
import threading
import time
from collections.abc import Sequence

from watchkeeper_kafka.cluster import snapshot
from watchkeeper_kafka.page import page
from watchkeeper_kafka.protocol import Malformed
from watchkeeper_process.address import split_address
from watchkeeper_process.logfmt import say
from watchkeeper_process.signals import on_stop


class Source:
    """Asks the cluster, one scrape at a time, and says when it stops or begins to answer."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._one_at_a_time = threading.Lock()
        self._failures = 0
        self._answers: bool | None = None

    def page(self) -> str:
        """The page of this moment."""
        with self._one_at_a_time:
            started = time.monotonic()
            try:
                found = snapshot(self._host, self._port)
            except (OSError, Malformed) as error:
                found = None
                self._failures += 1
                if self._answers is not False:
                    say("warn", "the cluster does not answer", address=f"{self._host}:{self._port}", reason=str(error))
            if found and self._answers is not True:
                say("info", "the cluster answers", brokers=len(found.metadata.brokers))
            self._answers = found is not None
            return page(found, took_s=time.monotonic() - started, failures=self._failures)


class Handler(http.server.BaseHTTPRequestHandler):
    """GET only; everything else is refused by the class itself."""

    source: Source
    timeout = 10

    def do_GET(self) -> None:
        """The metrics, or whether this process lives."""
        path = self.path.partition("?")[0]
        if path == "/metrics":
            self._answer(200, self.source.page())
        elif path in ("/healthz", "/-/healthy", "/-/ready"):
            self._answer(200, "ok\n")
        else:
            self._answer(404, "cannot find this page; the metrics are at /metrics\n")

    def _answer(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the interface
        """A line for each scrape would tell nobody anything."""


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The flags."""
    parser = argparse.ArgumentParser(prog="watchkeeper-kafka", description="Offsets and consumer lag of a Kafka cluster.")
    parser.add_argument("--kafka.server", dest="server", required=True, metavar="HOST:PORT", help="any broker")
    parser.add_argument("--web.listen-address", dest="listen", required=True, metavar="HOST:PORT")
    parser.add_argument("--kafka.version", dest="version", metavar="VERSION", help="accepted and not needed")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; 1 when it cannot start."""
    flags = parse(sys.argv[1:] if arguments is None else arguments)
    broker, listen = split_address(flags.server), split_address(flags.listen)
    for flag, written, address in (("--kafka.server", flags.server, broker), ("--web.listen-address", flags.listen, listen)):
        if address is None:
            say("error", f"cannot use {flag} {written}; write HOST:PORT, such as 127.0.0.1:9092")
            return 1
    assert broker is not None and listen is not None  # noqa: S101, PT018 - said above, for the type checker
    handler = type("Scrapes", (Handler,), {"source": Source(broker[0] or "127.0.0.1", broker[1])})
    try:
        server = http.server.ThreadingHTTPServer((listen[0], listen[1]), handler)
    except OSError as error:
        say("error", f"cannot listen on {flags.listen}: {error.strerror}")
        return 1
    server.daemon_threads = True
    # shutdown() waits for serve_forever(), which the handler has interrupted: it needs a thread of its own
    on_stop(lambda: threading.Thread(target=server.shutdown).start())
    say("info", "ready", address=flags.listen, cluster=flags.server)
    server.serve_forever(poll_interval=0.2)
    server.server_close()
    say("info", "stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
