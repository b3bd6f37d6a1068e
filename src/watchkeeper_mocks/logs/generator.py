"""The thread that writes the pretend logs, second by second."""

import math
import threading
from collections import Counter
from pathlib import Path

from watchkeeper_mocks.configuration import LogSettings
from watchkeeper_mocks.logs.file import RotatingFile
from watchkeeper_mocks.logs.line import SERVICES, Line, spelled
from watchkeeper_mocks.logs.writing import lines_of_second
from watchkeeper_mocks.world import World
from watchkeeper_process.logfmt import say

# After a pause of the machine only this much is caught up on: the gap is part of the story, and nobody wants hours at once.
MAX_CATCH_UP_S = 5


class LogGenerator:
    """Writes each second's lines shortly after the second is over. `start` once, `stop` once."""

    def __init__(self, world: World, settings: LogSettings, *, seed: str, folder: Path) -> None:
        self._world = world
        self._settings = settings
        self._seed = seed
        self._files = {
            service: RotatingFile(folder / f"{service}.log", max_bytes=settings.max_file_bytes, keep=settings.keep_files)
            for service in SERVICES
        }
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="logs", daemon=True)
        self._later: list[Line] = []
        self.written_lines: Counter[str] = Counter(dict.fromkeys(SERVICES, 0))
        self.written_bytes: Counter[str] = Counter(dict.fromkeys(SERVICES, 0))
        self.dropped_lines: Counter[str] = Counter(dict.fromkeys(SERVICES, 0))
        self.trouble: str | None = None
        """Why the last write failed, or None."""

    def start(self) -> None:
        """Begin to write, unless the settings ask for no lines at all."""
        if self._settings.lines_per_s > 0:
            self._thread.start()

    def stop(self) -> None:
        """Finish the second in hand and close the files."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=3)
        for file in self._files.values():
            file.close()

    def write_second(self, end_s: int) -> None:
        """Write the lines of the second that ends at `end_s`, and those of earlier requests that end in it."""
        snapshot = self._world.snapshot(float(end_s))
        lines = self._later + lines_of_second(snapshot, seed=self._seed, lines_per_s=self._settings.lines_per_s)
        # A request that takes long is logged when it ends, so that each file stays in order of time.
        self._later = [line for line in lines if line.at_s >= end_s]
        ready = sorted((line for line in lines if line.at_s < end_s), key=lambda line: line.at_s)
        for service, file in self._files.items():
            texts = [spelled(line, self._settings.format) for line in ready if line.service == service]
            if texts:
                self._append(service, file, texts)

    def _append(self, service: str, file: RotatingFile, texts: list[str]) -> None:
        try:
            self.written_bytes[service] += file.append(texts)
            self.written_lines[service] += len(texts)
        except OSError as error:
            self.dropped_lines[service] += len(texts)
            if self.trouble is None:
                say("error", "cannot write log lines", service=service, error=error)
            self.trouble = f"cannot write {service}.log: {error}"
        else:
            if self.trouble is not None:
                say("info", "writing log lines again", service=service)
            self.trouble = None

    def _run(self) -> None:
        written_until_s = math.floor(self._world.now_s())
        while True:
            now_s = self._world.now_s()
            if self._stopping.wait(max(0.05, math.floor(now_s) + 1.02 - now_s)):
                return
            now_s = math.floor(self._world.now_s())
            try:
                for end_s in range(max(written_until_s, now_s - MAX_CATCH_UP_S) + 1, now_s + 1):
                    self.write_second(end_s)
            except Exception as error:  # noqa: BLE001 - a thread that dies would leave logs silent and the process "ready"
                self.trouble = f"cannot write logs: {error!r}"
                say("error", self.trouble)
            written_until_s = now_s
