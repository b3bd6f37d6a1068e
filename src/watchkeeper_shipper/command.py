"""The command line: flags, configuration, the data folder's lock, signals."""

from __future__ import annotations

import argparse
import fcntl
import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

from watchkeeper_shipper.logfmt import say


class _Unusable(Exception):
    """What the user gave cannot work; the message starts with "cannot" or with a place."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(1, f"cannot use these flags: {message}; see --help\n")


def main(arguments: list[str] | None = None) -> int:
    """Exit status: 0 after a stop by signal, 1 for what the user can mend, 3 for a bug."""
    parser = _Parser(prog="watchkeeper_shipper", description="Ships log files and the journal to a Loki API, at least once.")
    parser.add_argument("--listen-address", required=True, metavar="HOST:PORT", help="for /-/healthy, /-/ready and /metrics")
    parser.add_argument("--data-dir", required=True, type=Path, metavar="DIR", help="positions and the disk buffer")
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="what to ship where, YAML")
    flags = parser.parse_args(arguments)
    os.umask(0o077)
    try:
        return _ship(flags.listen_address, flags.data_dir, flags.config)
    except _Unusable as failure:
        sys.stderr.write(f"{failure}\n")
        return 1


def _ship(listen_address: str, data_folder: Path, config: Path) -> int:
    from watchkeeper_shipper.located_yaml import ConfigUnusable
    from watchkeeper_shipper.read_settings import read_settings
    from watchkeeper_shipper.run import Shipper
    from watchkeeper_shipper.serve import Endpoints

    host, port = _address(listen_address)
    try:
        settings = read_settings(config)
    except ConfigUnusable as failure:
        raise _Unusable(str(failure)) from failure
    try:
        endpoints = Endpoints(host, port)
    except OSError as failure:
        raise _Unusable(f"cannot listen on {listen_address}: {failure}; choose another address") from failure
    lock = _locked(data_folder)
    try:
        shipper = Shipper(settings, data_folder)
    except OSError as failure:
        raise _Unusable(f"cannot use the data folder {data_folder}: {failure}; give one that is yours") from failure
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: shipper.stop())
    endpoints.start({"/-/healthy": shipper.alive_answer, "/-/ready": shipper.ready_answer, "/metrics": shipper.metrics_answer})
    sources = len(settings.files) + len(settings.journals)
    say("info", "shipping", port=endpoints.server_port, push_url=settings.push_url, sources=sources)
    status = shipper.run()
    say("info", "stopped")
    os.close(lock)
    return status


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise _Unusable(f"cannot use the listen address {text!r}; write it like 127.0.0.1:23003")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _locked(folder: Path) -> int:
    """The descriptor of the folder's lock file; the lock lasts until it is closed."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as failure:
        raise _Unusable(f"cannot use the data folder {folder}: {failure.strerror}; give one that is yours") from failure
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as failure:
        owner = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(descriptor)
        raise _Unusable(
            f"cannot use the data folder {folder}: another shipper does (process {owner}); give each its own"
        ) from failure
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor
