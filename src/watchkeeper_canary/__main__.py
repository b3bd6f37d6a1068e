"""``python -m watchkeeper_canary``: flags, signals, and the exit code."""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from watchkeeper_canary.condition import Conditions
from watchkeeper_canary.receipts import Receipts
from watchkeeper_canary.relay import read_relays
from watchkeeper_canary.server import Canary, CanaryServer
from watchkeeper_process.address import split_address
from watchkeeper_process.data_folder import FolderTaken, FolderUnusable, take
from watchkeeper_process.logfmt import say
from watchkeeper_process.signals import on_stop


def log_line(line: str) -> None:
    """A line that a proof asked for; quotes and line breaks cannot leave their place."""
    say("info", " ".join(line.replace('"', "'").split()), origin="asked")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The flags."""
    parser = argparse.ArgumentParser(prog="watchkeeper-canary", description="A switchable alert condition and a receiver.")
    parser.add_argument("--listen-address", required=True, metavar="HOST:PORT")
    parser.add_argument("--data-dir", required=True, type=Path, metavar="DIR")
    parser.add_argument("--token-file", required=True, type=Path, metavar="FILE", help="bearer token that callers must send")
    parser.add_argument("--relays-file", type=Path, metavar="FILE", help="JSON: where notifications are passed on to")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; 1 when it cannot start."""
    flags = parse(sys.argv[1:] if arguments is None else arguments)
    os.umask(0o077)
    try:
        address = split_address(flags.listen_address)
        if address is None:
            raise ValueError(f"cannot use --listen-address {flags.listen_address!r}; write HOST:PORT, such as 127.0.0.1:23006")
        token = flags.token_file.read_text(encoding="utf-8").strip()
        if not token:
            raise ValueError(f"cannot use {flags.token_file}: it is empty (put a token in it)")
        lock = take(flags.data_dir)
        receipts = Receipts(flags.data_dir, time.time)
        canary = Canary(
            conditions=Conditions(time.time),
            receipts=receipts,
            token=token,
            log_line=log_line,
            relays=read_relays(flags.relays_file) if flags.relays_file else {},
        )
        server = CanaryServer(address, canary)
    except FolderTaken:
        say("error", f"cannot use {flags.data_dir}: another process has it (stop that one, or choose another --data-dir)")
        return 1
    except (FolderUnusable, OSError, ValueError) as error:
        say("error", f"cannot start: {error}".replace('"', "'"))
        return 1
    # shutdown() waits for serve_forever(), which the handler has interrupted: it needs a thread of its own
    on_stop(lambda: threading.Thread(target=server.shutdown).start())
    say("info", "ready", address=flags.listen_address)
    server.serve_forever(poll_interval=0.2)
    server.server_close()
    receipts.close()
    os.close(lock)
    say("info", "stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
