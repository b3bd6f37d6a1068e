"""The command line of the process: flags in, a running server out, and an orderly end."""

import argparse
import os
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from watchkeeper_mocks.configuration import Configuration, ConfigurationRefused, load_configuration
from watchkeeper_mocks.incidents.register import MemoryRefused, Register
from watchkeeper_mocks.logs.generator import LogGenerator
from watchkeeper_mocks.own_metrics import OwnMetrics
from watchkeeper_mocks.server.answering import Answering
from watchkeeper_mocks.server.listening import AddressRefused, Server
from watchkeeper_mocks.world import World
from watchkeeper_process.address import split_address
from watchkeeper_process.data_folder import FolderTaken, FolderUnusable, take
from watchkeeper_process.logfmt import say
from watchkeeper_process.signals import on_stop

INCIDENTS_FILE = "incidents.json"


def _address(text: str) -> tuple[str, int]:
    address = split_address(text)
    if address is None:
        raise argparse.ArgumentTypeError(f"cannot read {text!r} as an address; write HOST:PORT, as in 127.0.0.1:23010")
    host, port = address
    return host or "0.0.0.0", port  # noqa: S104 - ":PORT" means all addresses, as with Prometheus


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """A wrong flag is the user's mistake like any other: exit code 1 (argparse would say 2)."""
        self.print_usage(sys.stderr)
        self.exit(1, f"{self.prog}: cannot use these flags: {message}\n")


def parser() -> argparse.ArgumentParser:
    """The flags."""
    result = _Parser(
        prog="python -m watchkeeper_mocks",
        description="Pretend exporters and logs, with incidents on demand.",
        allow_abbrev=False,
    )
    result.add_argument("--listen-address", type=_address, required=True, metavar="HOST:PORT", help="where to serve HTTP")
    result.add_argument("--data-dir", type=Path, required=True, metavar="DIR", help="where incidents and logs are kept")
    result.add_argument("--config", type=Path, metavar="FILE", help="a YAML file; without it, defaults for everything")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT. Returns the exit code: 0, or 1 when something prevented the start."""
    flags = parser().parse_args(arguments)
    try:
        configuration = load_configuration(flags.config, now_s=time.time()) if flags.config else Configuration()
        _require_a_clock_after(configuration.counters_from_s, time.time())
        lock = _locked(flags.data_dir)
        try:
            _serve(flags, configuration)
        finally:
            os.close(lock)
    except (ConfigurationRefused, _FolderRefused, MemoryRefused, AddressRefused) as refused:
        for line in str(refused).splitlines():
            say("error", line)
        return 1
    return 0


class _FolderRefused(Exception):
    """The data folder cannot be used; the message says why."""


def _locked(folder: Path) -> int:
    """The descriptor of the folder's lock file; the lock lasts until it is closed."""
    try:
        return take(folder)
    except FolderUnusable as failure:
        raise _FolderRefused(f"cannot use the data folder {folder}: {failure.reason}") from failure
    except FolderTaken as failure:
        raise _FolderRefused(
            f"cannot use the data folder {folder}: process {failure.holder} is using it;"
            " stop that one or give another --data-dir"
        ) from failure


def _require_a_clock_after(counters_from_s: float, now_s: float) -> None:
    if now_s < counters_from_s:
        raise ConfigurationRefused(
            f"cannot count from {counters_from_s:.0f}: this machine's clock says {now_s:.0f};"
            " set the clock, or write counters_from: start"
        )


def _serve(flags: argparse.Namespace, configuration: Configuration) -> None:
    stopping = threading.Event()
    on_stop(stopping.set)
    world = World(configuration, Register(flags.data_dir / INCIDENTS_FILE), clock=time.time)
    generator = LogGenerator(world, configuration.logs, seed=configuration.seed, folder=flags.data_dir / "logs")
    answering = Answering(world, OwnMetrics(world, generator), not_ready=lambda: generator.trouble)
    host, port = flags.listen_address
    with Server(host, port, answering) as server:
        _start_planned(world, configuration)
        generator.start()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.25}, name="http", daemon=True)
        thread.start()
        say("info", "serving", pid=os.getpid(), address=f"{host}:{server.server_port}", exporters=len(configuration.exporters))
        stopping.wait()
        say("info", "stopping")
        server.shutdown()
        generator.stop()
    say("info", "stopped")


def _start_planned(world: World, configuration: Configuration) -> None:
    now_s = world.now_s()
    under_way = {incident.name for incident in world.register.incidents if not incident.is_over(now_s)}
    for planned in configuration.incidents:
        if planned.name not in under_way:
            world.start_incident(planned.name, duration_s=planned.duration_s, intensity=planned.intensity)
            say("info", "incident starts", incident=planned.name, duration_s=planned.duration_s)
