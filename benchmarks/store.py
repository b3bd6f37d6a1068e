"""The log store against Loki's stored figures and against what the machine can do at all.

``python benchmarks/store.py [--lines N] [--growth N,N,N]``: a corpus of its own is written, queried while most of it is fresh,
then, when all is merged, queried again; every answer is checked. With ``--growth`` the same for several sizes, and a table of
how each figure grows. Exit code 1 when a budget is broken or an answer is wrong.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.live.store_process import StoreProcess

from benchmarks import yardstick
from benchmarks.figure import Figure
from benchmarks.report import finish
from benchmarks.server_cost import ServerCost
from benchmarks.store_corpus import SECOND, SERVICES, Corpus
from benchmarks.store_load import Load, write
from benchmarks.store_queries import HOUR_S, STEP_S, Question, questions

DEFAULT_LINES = 1_000_000
MANY_LINES = 5_000_000  # from here on the peer's figures for five million lines are the ones to compare with
SEED = 20_261
_TIMES_FASTER_LABELS = (5, 10)
"""Among fewer than five million lines, and among more."""
REPEATS = 5
FRESH_LINES = 20
PEERS = json.loads((Path(__file__).parent / "peers.json").read_text())["peers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """One question asked several times. ``wrong`` is what is wrong with the answer."""

    question: Question
    median_ms: float
    cpu_ms: float
    wrong: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Everything measured with one corpus."""

    lines: int
    idle_mib: float
    load: Load
    fresh: list[Timing]
    merged: list[Timing]
    bytes_per_line: float
    merge_cpu_s: float
    query_peak_mib: float
    rest_mib: float
    visible_ms: float
    labels_ms: float


def _ask(port: int, question: Question, corpus: Corpus, cost: ServerCost) -> Timing:
    parameters = {
        "query": question.query,
        "start": (corpus.end_s - HOUR_S) * SECOND,
        "end": corpus.end_s * SECOND,
        "step": STEP_S,
        "limit": 100,
    }
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    took: list[float] = []
    wrong: str | None = None
    before_s = cost.cpu_s()
    for repeat in range(REPEATS + 1):  # the first one warms up and is checked
        began = time.perf_counter()
        connection.request("GET", f"/loki/api/v1/query_range?{urlencode(parameters)}")
        response = connection.getresponse()
        body = response.read()
        took.append(time.perf_counter() - began)
        if repeat == 0:
            is_good = response.status == 200
            wrong = question.wrong(json.loads(body)["data"]["result"]) if is_good else body[:200].decode(errors="replace")
            before_s = cost.cpu_s()
    connection.close()
    cpu_ms = (cost.cpu_s() - before_s) / REPEATS * 1e3
    return Timing(question=question, median_ms=statistics.median(took[1:]) * 1e3, cpu_ms=cpu_ms, wrong=wrong)


def _wait_until_merged(store: StoreProcess, lines: int) -> None:
    """Until every file has come out of a merge, and nothing changes any more."""
    deadline = time.monotonic() + 120 + lines / 20_000
    quiet_since, last = time.monotonic(), -1
    while time.monotonic() < deadline:
        sidecars = list((store.folder / "segments").rglob("*.json"))
        try:
            total = sum(path.stat().st_size for path in (store.folder / "segments").rglob("*.parquet"))
            is_merged = all(json.loads(path.read_text())["compact"] for path in sidecars)
        except (OSError, ValueError):  # a merge removed it meanwhile
            total, is_merged = last, False
        if total != last or not is_merged:
            quiet_since, last = time.monotonic(), total
        elif time.monotonic() - quiet_since > 6:
            return
        time.sleep(0.5)
    raise AssertionError("cannot wait any longer for the merges")


def _visible_ms(store: StoreProcess) -> float:
    """From sending a line until a query returns it; the median of several."""
    took: list[float] = []
    for number in range(FRESH_LINES):
        now = time.time_ns()
        word = f"fresh-{now:x}-{number}"
        began = time.perf_counter()
        assert store.push_lines({"service": "fresh"}, (now, f"word={word}")).status == 204
        while store.lines(f'{{service="fresh"}} |= "{word}"', now - SECOND, now + SECOND) != [f"word={word}"]:
            assert time.perf_counter() - began < 10, "cannot find a line that was acknowledged"
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1e3


def _labels_ms(store: StoreProcess, corpus: Corpus) -> float:
    """To list the values of a label, over a connection that stays open; the median of several."""
    took: list[float] = []
    span = urlencode({"start": (corpus.end_s - HOUR_S) * SECOND, "end": corpus.end_s * SECOND})
    connection = http.client.HTTPConnection("127.0.0.1", store.port, timeout=30)
    for _ in range(4 * REPEATS):
        began = time.perf_counter()
        connection.request("GET", f"/loki/api/v1/label/service/values?{span}")
        body = connection.getresponse().read()
        took.append(time.perf_counter() - began)
        assert json.loads(body)["data"] == sorted(SERVICES), body[:200]
    connection.close()
    return statistics.median(took) * 1e3


def run(lines: int, folder: Path) -> tuple[Run, Corpus]:
    """Write, query, wait, query."""
    corpus = Corpus(lines, seed=SEED, end_s=int(time.time()) // 60 * 60)
    store = StoreProcess(folder / f"store-{lines}").start()
    try:
        cost = ServerCost(store.pid)
        idle_mib = cost.memory_mib()
        load = write(corpus, store.port, cost)
        fresh = [_ask(store.port, question, corpus, cost) for question in questions(corpus)]
        before_s = cost.cpu_s()
        assert store.request("POST", "/flush").status == 204
        _wait_until_merged(store, lines)
        merge_cpu_s = cost.cpu_s() - before_s
        cost.forget_peak()
        merged = [_ask(store.port, question, corpus, cost) for question in questions(corpus)]
        size = sum(path.stat().st_size for path in store.folder.rglob("*") if path.is_file())
        return Run(
            lines=lines,
            idle_mib=idle_mib,
            load=load,
            fresh=fresh,
            merged=merged,
            bytes_per_line=size / lines,
            merge_cpu_s=merge_cpu_s,
            query_peak_mib=cost.peak_mib(),
            rest_mib=cost.memory_mib(),
            labels_ms=_labels_ms(store, corpus),
            visible_ms=_visible_ms(store),
        ), corpus
    finally:
        store.kill()


def peers_of(lines: int) -> list[dict[str, Any]]:
    """The stored figures that a run of this size is held against, none for a small one; the first decides."""
    if lines < DEFAULT_LINES:
        return []
    return [PEERS["loki_lines5m"]] if lines >= MANY_LINES else [PEERS["loki_default"], PEERS["loki_snappy"]]


def figures(one: Run) -> Iterator[Figure]:
    """The figures of one run with the budgets of the store."""
    size = f"{one.lines / 1e6:g} M lines: "
    yield Figure(name=f"{size}written", value=one.load.lines_per_s / 1e3, unit="k/s", at_least=350)
    yield Figure(name=f"{size}processor per million", value=one.load.cpu_s_per_million, unit="s", at_most=5)
    yield Figure(name=f"{size}processor to merge a million", value=one.merge_cpu_s / one.lines * 1e6, unit="s")
    yield Figure(name=f"{size}peak memory, writing", value=one.load.peak_mib, unit="MiB", at_most=300)
    yield Figure(name=f"{size}peak memory, querying", value=one.query_peak_mib, unit="MiB", at_most=300)
    yield Figure(name=f"{size}memory of an empty store", value=one.idle_mib, unit="MiB", at_most=90)
    yield Figure(name=f"{size}memory after the queries", value=one.rest_mib, unit="MiB")
    yield Figure(name=f"{size}disk after merging", value=one.bytes_per_line, unit="B/line", at_most=45)
    yield Figure(name=f"{size}values of a label", value=one.labels_ms, unit="ms")
    for place, peer in enumerate(peers_of(one.lines)):
        times, goal = peer["query_ms"]["h_labels"] / one.labels_ms, _TIMES_FASTER_LABELS[one.lines >= MANY_LINES]
        name = f"{size}values of a label: faster than {peer['name']}"
        yield Figure(name=name, value=times, unit="times", at_least=None if place else goal)
    yield Figure(name=f"{size}acknowledged to returned", value=one.visible_ms, unit="ms", at_most=20)
    for state, timings in (("fresh", one.fresh), ("merged", one.merged)):
        for timing in timings:
            name = f"{size}{timing.question.name}, {state}"
            yield Figure(name=name, value=timing.median_ms, unit="ms")
            if timing.wrong is not None:
                yield Figure(name=f"{name}: WRONG ANSWER", value=1, unit="answers", at_most=0)
            yield from _faster_than_peers(name, timing, state, one.lines)


def _faster_than_peers(name: str, timing: Timing, state: str, lines: int) -> Iterator[Figure]:
    """How many times as fast as each peer in the same state; the goal is for the first of them."""
    goal = timing.question.times_faster_of_many if lines >= MANY_LINES else timing.question.times_faster
    for place, peer in enumerate(peers_of(lines)):
        peer_ms = peer.get("query_ms" if state == "merged" else "query_fresh_ms", {}).get(timing.question.peer)
        if peer_ms is not None:
            times = peer_ms / timing.median_ms
            yield Figure(
                name=f"{name}: faster than {peer['name']}", value=times, unit="times", at_least=None if place else goal
            )


def growth(runs: Sequence[Run]) -> Iterator[Figure]:
    """What has to grow by less than the lines do: its growth over that of the lines, from the smallest run to the largest."""
    small, large = runs[0], runs[-1]
    pairs = [("values of a label", small.labels_ms, large.labels_ms)] + [
        (before.question.name, before.median_ms, after.median_ms)
        for before, after in zip(small.merged, large.merged, strict=True)
        if before.question.grows_slowly
    ]
    for name, before_ms, after_ms in pairs:
        share = after_ms / before_ms / (large.lines / small.lines)
        yield Figure(name=f"{name}: its growth over that of the lines", value=share, unit="times", at_most=1)


def show(one: Run) -> None:
    """The table for people."""
    peers = peers_of(one.lines)
    print(
        f"\n{one.lines:,} lines: {one.load.lines_per_s:,.0f} a second, {one.load.cpu_s_per_million:.2f} CPU s per million, ",
        end="",
    )
    print(f"peak {one.load.peak_mib:.0f} MiB, {one.bytes_per_line:.1f} bytes per line, visible after {one.visible_ms:.1f} ms")
    for peer in peers:
        written = f"{peer['name']}: {peer['lines_per_s']:,.0f} a second, {peer['cpu_s_per_million']:.2f} CPU s per million"
        print(f"{written}, peak {peer['peak_mb']:.0f} MB, {peer['bytes_per_line'] or float('nan'):.1f} bytes per line")
    heads = [f"{'query':<26}", f"{'fresh':>9}", f"{'merged':>9}", f"{'CPU':>9}", *(f"{peer['name']:>24}" for peer in peers)]
    print(" ".join(heads), " (ms)")
    for fresh, merged in zip(one.fresh, one.merged, strict=True):
        cells = [f"{merged.question.name:<26}", f"{fresh.median_ms:9.1f}", f"{merged.median_ms:9.1f}", f"{merged.cpu_ms:9.1f}"]
        for peer in peers:
            peer_ms = peer["query_ms"].get(merged.question.peer)
            cells.append(f"{f'{peer_ms:.0f}, {peer_ms / merged.median_ms:.1f} times':>24}" if peer_ms else " " * 24)
        verdict = next((f"WRONG: {one.wrong}" for one in (fresh, merged) if one.wrong is not None), "right")
        print(" ".join(cells), f" {verdict}")


def show_growth(runs: Sequence[Run]) -> None:
    """How figures grow with the number of lines."""
    print(f"\n{'lines':<36}" + "".join(f"{one.lines:>14,}" for one in runs))
    rows: list[tuple[str, list[float]]] = [
        ("written, lines per second", [one.load.lines_per_s for one in runs]),
        ("CPU s per million", [one.load.cpu_s_per_million for one in runs]),
        ("peak memory writing, MiB", [one.load.peak_mib for one in runs]),
        ("peak memory querying, MiB", [one.query_peak_mib for one in runs]),
        ("bytes per line", [one.bytes_per_line for one in runs]),
        ("values of a label, ms", [one.labels_ms for one in runs]),
    ]
    for place, timing in enumerate(runs[0].merged):
        rows.append((f"{timing.question.name}, ms", [one.merged[place].median_ms for one in runs]))
    for name, values in rows:
        print(f"{name:<36}" + "".join(f"{value:>14,.1f}" for value in values))


def measure(sizes: Sequence[int] = (DEFAULT_LINES,)) -> list[Figure]:
    """Every figure; about 100 seconds for a million lines."""
    found: list[Figure] = []
    runs: list[Run] = []
    for lines in sizes:
        with tempfile.TemporaryDirectory(prefix="watchkeeper-store-") as folder:
            one, corpus = run(lines, Path(folder))
            show(one)
            found += figures(one)
            if lines == sizes[0]:
                found += yardstick.measure(corpus, Path(folder))
            runs.append(one)
    if len(runs) > 1:
        show_growth(runs)
        found += growth(runs)
    return found


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks/store.py", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--lines", type=int, default=DEFAULT_LINES, help="size of the corpus (default 1000000)")
    parser.add_argument("--growth", metavar="N,N,N", help="several sizes, and a table of how figures grow")
    given = parser.parse_args(arguments)
    sizes = [int(size) for size in given.growth.split(",")] if given.growth else [given.lines]
    return finish(measure(sizes), {"benchmark": "store", "peers": peers_of(sizes[-1])})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
