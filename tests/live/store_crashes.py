"""A store under load that is killed at random moments, and the count of what that cost: for the test and the benchmark."""

from __future__ import annotations

import contextlib
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

import duckdb
from tests.live.store_process import StoreProcess

SECOND = 10**9
SENDERS = ("a", "b", "c")
LINES_PER_PUSH = 100
LINES_PER_PAGE = 5000
CHECK_EVERY = 25
LONG_EVERY = 7
"""Every such life is long enough for a flush to come to its end: else there might never be a file to be damaged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Toll:
    """What so many kills cost. ``corrupt`` names files that could not be read to their end."""

    kills: int
    acknowledged: int
    lost: int
    doubled: int
    corrupt: tuple[str, ...]
    flushes: int
    merges: int
    longest_start_s: float


class Sender(threading.Thread):
    """Pushes numbered lines for as long as the store answers, and remembers which were acknowledged."""

    def __init__(self, store: StoreProcess, name: str, first: int) -> None:
        super().__init__(daemon=True)
        self._store = store
        self.sender = name
        self.number = first
        self.acknowledged: list[int] = []

    def run(self) -> None:
        while True:
            numbers = range(self.number, self.number + LINES_PER_PUSH)
            self.number += LINES_PER_PUSH
            now = time.time_ns()
            values = [(now + place, f"sender={self.sender} number={n} {n**9:060x}") for place, n in enumerate(numbers)]
            try:
                answer = self._store.push_lines({"app": "crash", "sender": self.sender}, *values)
            except (OSError, HTTPException):
                return
            if answer.status == 204:
                self.acknowledged += numbers


class Crashes:
    """Kills a store over one folder again and again. ``seed`` decides when, so a finding can be repeated, nearly."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.seed = seed
        self._chance = random.Random(seed)  # noqa: S311  when to kill is no secret
        self._store = StoreProcess(folder)
        self._acknowledged: dict[str, set[int]] = {name: set() for name in SENDERS}
        self._next = dict.fromkeys(SENDERS, 0)
        self._began_ns = time.time_ns()
        self._longest_start_s = 0.0

    def run(self, kills: int) -> Toll:
        """Kill so often; look at everything that was acknowledged now and then, and in the end."""
        lost = doubled = 0
        corrupt: set[str] = set()
        for kill in range(1, kills + 1):
            self._one_life(is_long=kill % LONG_EVERY == 0)
            if kill % CHECK_EVERY == 0 or kill == kills:
                corrupt.update(self._corrupt_files())
                lost, doubled = self._losses()
        output = self._store.output.read_text()
        return Toll(
            kills=kills,
            acknowledged=sum(map(len, self._acknowledged.values())),
            lost=lost,
            doubled=doubled,
            corrupt=tuple(sorted(corrupt)),
            flushes=len(list((self._store.folder / "segments").rglob("*.parquet"))),
            merges=output.count("merged segments"),
            longest_start_s=self._longest_start_s,
        )

    def _start(self) -> None:
        began = time.monotonic()
        self._store.start(within_s=30.0)
        self._longest_start_s = max(self._longest_start_s, time.monotonic() - began)

    def _one_life(self, *, is_long: bool) -> None:
        self._start()
        senders = [Sender(self._store, name, self._next[name]) for name in SENDERS]
        for sender in senders:
            sender.start()
        if is_long or self._chance.random() < 0.4:
            threading.Thread(target=self._flush, daemon=True).start()
        time.sleep(self._chance.uniform(1.0, 3.0) if is_long else self._chance.uniform(0.02, 0.6))
        self._store.kill()
        for sender in senders:
            sender.join(30)
            self._acknowledged[sender.sender].update(sender.acknowledged)
            self._next[sender.sender] = sender.number

    def _flush(self) -> None:
        with contextlib.suppress(OSError, HTTPException):  # killed in the middle: that is the point
            self._store.request("POST", "/flush")

    def _losses(self) -> tuple[int, int]:
        """(acknowledged lines that are not found, lines that are found more than once)."""
        self._start()
        try:
            lost = doubled = 0
            for name, numbers in self._acknowledged.items():
                found = Counter(self._found(name))
                lost += len(numbers - found.keys())
                doubled += sum(count > 1 for count in found.values())
            return lost, doubled
        finally:
            self._store.kill()

    def _found(self, name: str) -> Iterator[int]:
        start_ns, end_ns = self._began_ns - SECOND, time.time_ns() + SECOND
        seen_at_start: set[str] = set()
        while True:
            answer = self._store.get(
                "/loki/api/v1/query_range",
                {"query": f'{{sender="{name}"}}', "start": start_ns, "end": end_ns, "limit": LINES_PER_PAGE,
                 "direction": "forward"},
            )  # fmt: skip
            assert answer.status == 200, answer.text
            assert "warnings" not in answer.json, answer.json["warnings"]
            values = [(int(value[0]), value[1]) for one in answer.json["data"]["result"] for value in one["values"]]
            yield from (int(line.split("number=")[1].split()[0]) for _, line in values if line not in seen_at_start)
            if len(values) < LINES_PER_PAGE:
                return
            start_ns = max(time_ns for time_ns, _ in values)
            seen_at_start = {line for time_ns, line in values if time_ns == start_ns}

    def _corrupt_files(self) -> Iterator[str]:
        """Files that the manifest counts and that cannot be read whole, by any reader."""
        manifest = self._store.folder / "MANIFEST.json"
        names = json.loads(manifest.read_bytes())["segments"] if manifest.exists() else []
        for name in names:
            path = self._store.folder / "segments" / f"{name}.parquet"
            try:
                rows = json.loads(path.with_suffix(".json").read_bytes())["rows"]
                counted = duckdb.execute(f"SELECT count(*), max(ts), max(line) FROM read_parquet('{path}')").fetchone()  # noqa: S608
                if counted is None or counted[0] != rows:
                    yield f"{name}: {counted} rows, {rows} promised"
            except (OSError, ValueError, duckdb.Error) as failure:
                yield f"{name}: {failure}"
