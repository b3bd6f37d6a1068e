"""``python -m watchkeeper.targets.native.warden --listen-address HOST:PORT --config FILE``."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from watchkeeper.targets.native.warden.rounds import Warden
from watchkeeper.targets.native.warden.serve import WardenServer
from watchkeeper.targets.native.warden.watchlist import Watchlist, read
from watchkeeper.targets.native.warden_workload import HEARTBEAT_FILE

_ROUND_S = 2.5


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs until SIGTERM or SIGINT. Exit code 1 with a ``cannot …`` line on anything that cannot work."""
    parser = argparse.ArgumentParser(prog="watchkeeper.targets.native.warden", description="Watch the stack's processes.")
    parser.add_argument("--listen-address", required=True, metavar="HOST:PORT")
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="the list of processes, as JSON")
    options = parser.parse_args(arguments)
    host, _, port = options.listen_address.rpartition(":")
    try:
        watchlist = _read(options.config)
        own = Path(os.environ.get("HOME", "."))
        heartbeat = own / HEARTBEAT_FILE
        warden = Warden(watchlist, memory_file=own / "standings.json", log=_log)
        server = WardenServer((host, int(port)), warden)
    except (OSError, ValueError) as error:
        _log("error", f"cannot start: {error}", {})
        return 1
    ended, changed = threading.Event(), threading.Event()
    wake = threading.Event()

    def on_signal(number: int, _: object) -> None:
        (changed if number == signal.SIGHUP else ended).set()
        wake.set()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, on_signal)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 5.0}, daemon=True).start()
    _log("info", "watching", {"address": options.listen_address, "components": len(watchlist.watched)})
    while not ended.is_set():
        if changed.is_set():
            changed.clear()
            _take(warden, options.config)
        warden.round()
        heartbeat.touch(mode=0o600)
        wake.wait(_ROUND_S)
        wake.clear()
    _log("info", "stopped", {})
    return 0


def _read(path: Path) -> Watchlist:
    try:
        return read(path)
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path} is not a watchlist: {error!r}") from error


def _take(warden: Warden, path: Path) -> None:
    try:
        watchlist = _read(path)
    except (OSError, ValueError) as error:
        _log("error", f"cannot read the list again, the old one stays: {error}", {})
        return
    warden.take(watchlist)
    _log("info", "watching", {"components": len(watchlist.watched)})


def _log(level: str, message: str, fields: Mapping[str, object]) -> None:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    pairs = "".join(f' {key}="{str(value).replace(chr(34), chr(39))}"' for key, value in fields.items())
    sys.stdout.write(f'ts={now} level={level} msg="{message.replace(chr(34), chr(39))}"{pairs}\n')
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
