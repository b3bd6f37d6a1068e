"""``python -m watchkeeper_console``: flags, exit codes, the socket, the server."""

from __future__ import annotations

import argparse
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from watchkeeper_console.addresses import parse_http_url
from watchkeeper_console.application import Application, build
from watchkeeper_console.identity.accounts import PasswordFileUnusable
from watchkeeper_console.identity.database import DatabaseFailed
from watchkeeper_console.located_yaml import ConfigMistakes
from watchkeeper_console.logfmt import say, start_logging
from watchkeeper_console.read_settings import read_settings
from watchkeeper_process.address import split_address
from watchkeeper_process.data_folder import FolderTaken, FolderUnusable, take
from watchkeeper_process.signals import on_stop

_STOP_WITHIN_S = 3
_CONNECTIONS_AT_MOST = 512


class CannotStart(Exception):
    """The console was told something that cannot work. The message starts with "cannot"."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT. 0: stopped on request; 1: could not start, and why stands on stderr."""
    options = _flags().parse_args(arguments)
    os.umask(0o077)
    try:
        _run(options.listen_address, Path(options.data_dir), Path(options.config))
    except (CannotStart, ConfigMistakes, DatabaseFailed, PasswordFileUnusable) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _flags() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="watchkeeper_console", description="Sign-in, status and queries of a monitoring stack in the browser."
    )
    parser.add_argument("--listen-address", required=True, metavar="HOST:PORT", help="where to listen, such as 127.0.0.1:23000")
    parser.add_argument("--data-dir", required=True, metavar="DIR", help="folder for accounts and sessions; made if absent")
    parser.add_argument("--config", required=True, metavar="FILE.yaml", help="the configuration file")
    return parser


def _run(listen_address: str, data_folder: Path, config: Path) -> None:
    host, port = _address(listen_address)
    with _listen(host, port) as listener:
        address = f"{listen_address.rpartition(':')[0]}:{listener.getsockname()[1]}"  # port 0 means: any that is free
        settings = read_settings(config, listen_address=address)
        start_logging()
        lock = _locked(data_folder)
        try:
            application = build(settings, data_folder, listen_host=host)
            say("listening", address=address, public_url=settings.public_url, stack=settings.stack.name)
            _serve(application, listener)
            say("stopped")
        finally:
            os.close(lock)


def _serve(application: Application, listener: socket.socket) -> None:
    server = uvicorn.Server(
        uvicorn.Config(
            application.asgi,
            # h11 bounds the size of a request's head; the faster parser does not.
            http="h11",
            ws="websockets-sansio",
            ws_max_size=64 << 10,
            loop="asyncio",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=_CONNECTIONS_AT_MOST,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=_STOP_WITHIN_S,
        )
    )
    # uvicorn raises the signal that ended it once more when it is done; being told to stop is no failure here.
    on_stop(lambda: None)
    server.run(sockets=[listener])
    if not server.started:
        raise CannotStart("cannot start; the log above tells why")


def _address(text: str) -> tuple[str, int]:
    address = split_address(text)
    parsed = parse_http_url(f"http://{text.rpartition(':')[0]}")
    if address is None or not address[0] or isinstance(parsed, str) or parsed.path:
        raise CannotStart(f"cannot use --listen-address {text!r}; write HOST:PORT, such as 127.0.0.1:23000")
    return parsed.host, address[1]


def _locked(folder: Path) -> int:
    """The descriptor of the folder's lock file; the lock lasts until it is closed."""
    try:
        return take(folder)
    except FolderUnusable as failure:
        raise CannotStart(f"cannot use the data folder {folder}: {failure.reason}; choose another --data-dir") from failure
    except FolderTaken as failure:
        raise CannotStart(f"cannot use the data folder {folder}: another console uses it; stop that one first") from failure


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(place)
            listener.listen(256)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise CannotStart(f"cannot listen on {host}:{port}: {reason}; stop what uses it, or choose another address") from error
    return listener


if __name__ == "__main__":
    sys.exit(main())
