"""A store over a folder for tests, and the short way to write and read its lines."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from watchkeeper_store.model.rows import RowBatch, join_rows, texts_of
from watchkeeper_store.storage.duck import Duck
from watchkeeper_store.storage.options import StoreOptions
from watchkeeper_store.storage.store import LogStore
from watchkeeper_store.storage.wal import PROTOBUF_BLOCK, Record

DAY_NS = 86_400 * 10**9
NOON = 20_000 * DAY_NS + DAY_NS // 2


class Clock:
    def __init__(self) -> None:
        self.now_ns = NOON

    def __call__(self) -> float:
        return self.now_ns / 1e9


def payload(app: str, at_ns: int, *lines: str) -> bytes:
    return "\n".join([app, str(at_ns), *lines]).encode()


class Driver:
    """A store over a folder, and the short way to write and read lines."""

    def __init__(self, folder: Path, clock: Clock, **options: object) -> None:
        self.folder, self.clock = folder, clock
        self.store = LogStore(
            folder,
            Duck(folder / "scratch", memory_limit_bytes=100 << 20, threads=1),
            StoreOptions(**options),  # type: ignore[arg-type]  # keywords of the dataclass, given by the tests
            clock=clock,
            log=lambda *_, **__: None,
        )
        self.recovered = self.store.recover(lambda records: join_rows([self.rows(record) for record in records]))
        self.store.start()

    def rows(self, record: Record) -> RowBatch:
        app, at_ns, *lines = record.payload.decode().split("\n")
        number = self.store.registry(record.tenant).number((("app", app),))
        return RowBatch(
            numbers=np.array([number], dtype=np.int64),
            streams=np.full(len(lines), number, dtype=np.int64),
            timestamps_ns=np.arange(int(at_ns), int(at_ns) + len(lines), dtype=np.int64),
            lines=texts_of([line.encode() for line in lines]),
            levels=np.full(len(lines), self.store.level_names.code("info"), dtype=np.int32),
        )

    def record(self, app: str, *lines: str, at_ns: int = NOON, tenant: str = "t") -> Record:
        return Record(tenant=tenant, kind=PROTOBUF_BLOCK, received_ns=0, payload=payload(app, at_ns, *lines))

    def write(self, app: str, *lines: str, at_ns: int = NOON, tenant: str = "t") -> None:
        record = self.record(app, *lines, at_ns=at_ns, tenant=tenant)
        self.store.append(record, self.rows(record)).result(timeout=10)

    def lines(self, tenant: str = "t") -> list[str]:
        with self.store.snapshot(tenant) as seen:
            found = [batch.lines.octets(row).decode() for batch in seen.batches for row in range(len(batch))]
            with self.store.duck.cursor() as cursor:
                for segment in seen.segments:
                    found += [
                        line for (line,) in cursor.execute("SELECT line FROM read_parquet(?)", [str(segment.path)]).fetchall()
                    ]
        return sorted(found)


def crash(driver: Driver) -> None:
    """Let go of the folder as the end of a process would, writing nothing more."""
    driver.store._folder_lock.release()
