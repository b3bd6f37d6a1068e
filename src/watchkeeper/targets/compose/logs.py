"""Lines that containers wrote, as the engine keeps them."""

from __future__ import annotations

import queue
import subprocess
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from watchkeeper.targets.compose.engine import Engine


def last_lines(engine: Engine, identifier: str, count: int) -> tuple[str, ...]:
    """Oldest first. What was written to the error stream comes after the rest of the same moment."""
    done = engine.client("logs", "--tail", str(count), identifier, timeout_s=30)
    return tuple((done.output + ("\n" if done.output and not done.output.endswith("\n") else "") + done.error).splitlines())


def follow(engine: Engine, containers: Mapping[str, str], folder: Path) -> Iterator[tuple[str, str]]:
    """(workload, line) for everything written from now on, without end. ``containers``: workload → container id."""
    lines: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
    clients = {name: engine.follow(["logs", "--tail", "0", "--follow", id_], folder) for name, id_ in containers.items()}
    try:
        for name, client in clients.items():
            threading.Thread(target=_pump, args=(name, client, lines), daemon=True).start()
        while True:
            yield lines.get()
    finally:
        for client in clients.values():
            client.terminate()


def _pump(name: str, client: subprocess.Popen[str], lines: queue.SimpleQueue[tuple[str, str]]) -> None:
    if client.stdout is None:
        return
    for line in client.stdout:
        lines.put((name, line.rstrip("\n")))
