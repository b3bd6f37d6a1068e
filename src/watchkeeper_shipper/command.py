"""The command line: flags, configuration, the data folder's lock, signals."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import NoReturn

from watchkeeper_process.address import split_address
from watchkeeper_process.data_folder import FolderTaken, FolderUnusable, take
from watchkeeper_process.logfmt import say
from watchkeeper_process.signals import on_stop


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
    on_stop(shipper.stop)
    endpoints.start({"/-/healthy": shipper.alive_answer, "/-/ready": shipper.ready_answer, "/metrics": shipper.metrics_answer})
    sources = len(settings.files) + len(settings.journals)
    say("info", "shipping", port=endpoints.server_port, push_url=settings.push_url, sources=sources)
    status = shipper.run()
    say("info", "stopped")
    os.close(lock)
    return status


def _address(text: str) -> tuple[str, int]:
    address = split_address(text)
    if address is None or not address[0]:
        raise _Unusable(f"cannot use the listen address {text!r}; write it like 127.0.0.1:23003")
    return address


def _locked(folder: Path) -> int:
    """The descriptor of the folder's lock file; the lock lasts until it is closed."""
    try:
        return take(folder)
    except FolderUnusable as failure:
        raise _Unusable(f"cannot use the data folder {folder}: {failure.reason}; give one that is yours") from failure
    except FolderTaken as failure:
        raise _Unusable(
            f"cannot use the data folder {folder}: another shipper does (process {failure.holder}); give each its own"
        ) from failure
