"""``python -m network_monitor``: one of the services, or load on them."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from network_monitor.surroundings import Address, CannotStart, read_address, read_surroundings

SERVICES = {
    "web": "the API: sign-in, checks, reports",
    "worker": "does the checks, and patrols",
    "notifier": "tells of what is new",
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """A wrong flag is the user's mistake: exit code 1 (argparse would say 2)."""
        self.print_usage(sys.stderr)
        self.exit(1, f"{self.prog}: cannot use these flags: {message}\n")


def _address(text: str) -> Address:
    try:
        return read_address(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"cannot use {text}; write a number above 0")
    return number


def parser() -> argparse.ArgumentParser:
    """The flags."""
    result = _Parser(prog="python -m network_monitor", description="Watchkeeper's example application.", allow_abbrev=False)
    commands = result.add_subparsers(dest="command", required=True, parser_class=_Parser, metavar="COMMAND")
    for name, what in SERVICES.items():
        service = commands.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.")
        service.add_argument("--listen-address", type=_address, required=True, metavar="HOST:PORT", help="where to serve HTTP")
    load = commands.add_parser("load", help="put load on the API, and tell how fast it answers")
    load.add_argument("--url", required=True, help="the API, as in http://127.0.0.1:23020")
    load.add_argument("--key-file", type=Path, required=True, metavar="FILE", help="the key that signs operators in")
    load.add_argument("--organisation", default="north", help="whose operator asks (default: %(default)s)")
    load.add_argument("--rate", type=_positive, default=10.0, metavar="N", help="requests a second (default: %(default)g)")
    load.add_argument("--duration", type=_positive, default=30.0, metavar="S", help="seconds at most (default: %(default)g)")
    load.add_argument("--most", type=int, default=1_000, metavar="N", help="requests at most (default: %(default)d)")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT, or until the load is over. 1: could not start, or the API did not answer."""
    flags = parser().parse_args(arguments)
    try:
        if flags.command == "load":
            return _put_load_on(flags)
        _serve(flags.command, flags.listen_address)
    except CannotStart as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    return 0


def _serve(service: str, address: Address) -> None:
    from network_monitor.serving import serve

    surroundings = read_surroundings()
    match service:
        case "web":
            from network_monitor.web import make_app
        case "worker":
            from network_monitor.worker import make_app
        case _:
            from network_monitor.notifier import make_app
    serve(make_app(surroundings), address)


def _put_load_on(flags: argparse.Namespace) -> int:
    from network_monitor.load import Bounds, put_load_on
    from network_monitor.operators import CannotAsk

    try:
        key = flags.key_file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise CannotStart(f"cannot read {flags.key_file}: {error.strerror} (name the key's file with --key-file)") from error
    bounds = Bounds(rate_per_s=flags.rate, duration_s=flags.duration, most=flags.most)
    try:
        measured = asyncio.run(put_load_on(flags.url, key, bounds, organisation=flags.organisation))
    except CannotAsk as failure:
        raise CannotStart(f"{failure} (is the platform up? watchkeeper status)") from failure
    for line in measured.lines():
        print(line)  # noqa: T201 - what it was asked for
    return 1 if measured.failures else 0


if __name__ == "__main__":
    sys.exit(main())
