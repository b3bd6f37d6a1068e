"""What this machine can do at all, measured in the same run: DuckDB over the same lines in a plain Parquet file, and zstd."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import cramjam
import duckdb

from benchmarks.figure import Figure
from benchmarks.store_corpus import NEEDLE, Corpus

_REPEATS = 5
_MOST_LINES = 1_000_000
_MB = 1_000_000


def _median_s(work: Callable[[], object]) -> float:
    def once() -> float:
        began = time.perf_counter()
        work()
        return time.perf_counter() - began

    return statistics.median(once() for _ in range(_REPEATS))


def measure(corpus: Corpus, folder: Path) -> list[Figure]:
    """Scans of at most a million lines, and compression on one processor."""
    lines = min(corpus.lines, _MOST_LINES)
    texts = list(corpus.texts(0, lines))
    size = sum(map(len, texts))
    path = str(folder / "yardstick.parquet")
    plain = folder / "yardstick.txt"
    plain.write_text("\n".join(texts) + "\n", encoding="ascii")
    with duckdb.connect() as connection:
        connection.execute("SET threads = 2")
        connection.execute(
            f"COPY (SELECT line FROM read_csv('{plain}', header = false, columns = {{'line': 'VARCHAR'}}, delim = '\\0', "  # noqa: S608
            f"quote = '', escape = '')) TO '{path}' (FORMAT parquet, COMPRESSION zstd)"
        )

        def scan(condition: str) -> float:
            return _median_s(
                lambda: connection.execute(f"SELECT count(*) FROM read_parquet('{path}') WHERE {condition}").fetchall()  # noqa: S608
            )

        text_s = scan(f"contains(line, '{NEEDLE}')")
        pattern_s = scan("regexp_matches(line, 'took_ms=[1-9][0-9]{2,}')")
    sample = "\n".join(texts[: lines // 4]).encode()
    began = time.perf_counter()
    packed = bytes(cramjam.zstd.compress(sample, level=3))
    pack_s = time.perf_counter() - began
    unpack_s = _median_s(lambda: cramjam.zstd.decompress(packed))
    return [
        Figure(name="raw DuckDB scan for a text", value=size / text_s / _MB, unit="MB/s"),
        Figure(name="raw DuckDB scan for a text, per million lines", value=text_s / lines * 1e9, unit="ms"),
        Figure(name="raw DuckDB scan for a pattern, per million lines", value=pattern_s / lines * 1e9, unit="ms"),
        Figure(name="plain Parquet with zstd", value=Path(path).stat().st_size / lines, unit="bytes/line"),
        Figure(name="zstd 3, packing", value=len(sample) / pack_s / _MB, unit="MB/s"),
        Figure(name="zstd 3, unpacking", value=len(sample) / unpack_s / _MB, unit="MB/s"),
    ]
