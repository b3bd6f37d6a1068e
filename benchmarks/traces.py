"""The trace store against Tempo's stored figures.

``python benchmarks/traces.py [--traces N]``: traces of five services are sent as a collector sends them, asked for in memory
and again from disk; every answer is checked. Exit code 1 when a budget is broken or an answer is wrong.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.live.store_process import StoreProcess

from benchmarks.figure import Figure
from benchmarks.report import finish
from benchmarks.server_cost import ServerCost
from benchmarks.trace_corpus import NEEDLE, SPANS, TraceCorpus

DEFAULT_TRACES = 20_000
SEED = 20_262
SENDERS = 4
REPEATS = 5
FRESH_TRACES = 20
PEER = json.loads((Path(__file__).parent / "peers.json").read_text())["peers"]["tempo_default"]
_HEADERS = {"Content-Type": "application/x-protobuf", "Content-Encoding": "gzip"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request and what its answer must be. ``peer`` names the figure that it is held against."""

    name: str
    peer: str
    paths: Sequence[str]
    wrong: Callable[[Any], str | None]
    must_be_faster: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """One question asked several times. ``wrong`` is what is wrong with an answer."""

    question: Question
    median_ms: float
    cpu_ms: float
    wrong: str | None


def questions(corpus: TraceCorpus) -> list[Question]:
    """What is asked."""
    span = {"start": corpus.start_s - 1, "end": corpus.end_s + 1}
    ids = [one.hex for one in corpus.traces[:: max(1, len(corpus.traces) // REPEATS)]]
    failed = {one.hex for one in corpus.traces if one.failed}
    slow = {one.hex for one in corpus.traces if one.is_slow_in_svc_1}
    needle = {one.hex for one in corpus.traces if one.user == NEEDLE}
    in_svc_1 = '{ resource.service.name = "svc-1" && duration > 100ms }'

    def search(name: str, peer: str, query: str, wanted: set[str], limit: int = 20) -> Question:
        path = f"/api/search?{urlencode({'q': query, 'limit': limit, **span})}"
        return Question(name=name, peer=peer, paths=[path], wrong=lambda answer: _wrong_search(answer, wanted, limit))

    counted = {"q": "{ } | count_over_time() by (resource.service.name)", "step": "60s", **span}
    return [
        Question(
            name="trace by id",
            peer="a_trace_by_id_v2",
            paths=[f"/api/v2/traces/{one}" for one in ids],
            wrong=_wrong_trace,
        ),
        search("slow in one service, 20", "b_svc1_dur_gt_100ms_limit20", in_svc_1, slow),
        search("status 500, 20", "c_status_500_limit20", "{ span.http.response.status_code = 500 }", failed),
        search("one user", "d_user_needle", f'{{ span.user.id = "{NEEDLE}" }}', needle),
        search(
            "failed refunds, all",
            "e_refund_errors_all",
            '{ span.http.route = "/api/v1/refund" && status = error }',
            corpus.failed_refunds(),
            1000,
        ),
        search(
            "failure below a service, 20",
            "f_structural_limit20",
            '{ resource.service.name = "svc-0" } >> { resource.service.name = "svc-2" && status = error }',
            failed,
        ),
        search("slow in one service, all", "g_all_svc1_limit50000", in_svc_1, slow, 50_000),
        Question(
            name="counts by service",
            peer="h_metrics_count_by_service",
            paths=[f"/api/metrics/query_range?{urlencode(counted)}"],
            wrong=lambda answer: _wrong_counts(answer, SPANS * len(corpus.traces)),
            must_be_faster=False,
        ),
    ]


def _wrong_search(answer: Any, wanted: set[str], limit: int) -> str | None:
    found = [trace["traceID"].rjust(32, "0") for trace in answer["traces"]]
    if len(found) == len({*found} & wanted) == min(limit, len(wanted)):
        return None
    return f"{len(found)} traces, {len({*found} - wanted)} not expected, of {len(wanted)} that match"


def _wrong_trace(answer: Any) -> str | None:
    scopes = [scope for resource in answer["trace"]["resourceSpans"] for scope in resource["scopeSpans"]]
    spans = sum(len(scope["spans"]) for scope in scopes)
    return None if spans == SPANS else f"{spans} spans instead of {SPANS}"


def _wrong_counts(answer: Any, wanted: int) -> str | None:
    total = sum(sample["value"] for one in answer["series"] for sample in one["samples"])
    return None if (total, len(answer["series"])) == (wanted, 5) else f"{total} spans in {len(answer['series'])} series"


def _ask(port: int, question: Question, cost: ServerCost) -> Timing:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    took: list[float] = []
    wrong: str | None = None
    before_s = cost.cpu_s()
    paths = itertools.islice(itertools.cycle(question.paths), REPEATS + 1)
    for repeat, path in enumerate(paths):  # the first one warms up
        began = time.perf_counter()
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
        took.append(time.perf_counter() - began)
        is_good = response.status == 200
        wrong = wrong or (question.wrong(json.loads(body)) if is_good else body[:200].decode(errors="replace"))
        if repeat == 0:
            before_s = cost.cpu_s()
    connection.close()
    cpu_ms = (cost.cpu_s() - before_s) / REPEATS * 1e3
    return Timing(question=question, median_ms=statistics.median(took[1:]) * 1e3, cpu_ms=cpu_ms, wrong=wrong)


def _send(port: int, bodies: Iterator[bytes], lock: threading.Lock, refused: list[str]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while True:
        with lock:
            body = next(bodies, None)
        if body is None:
            break
        connection.request("POST", "/v1/traces", body, _HEADERS)
        response = connection.getresponse()
        said = response.read()
        if response.status != 200:
            refused.append(f"{response.status} {said[:200]!r}")
    connection.close()


def _sent(corpus: TraceCorpus, port: int, cost: ServerCost) -> list[Figure]:
    bodies = list(corpus.requests())
    spans = SPANS * len(corpus.traces)
    lock, refused = threading.Lock(), list[str]()
    waiting = iter(bodies)
    senders = [threading.Thread(target=_send, args=(port, waiting, lock, refused)) for _ in range(SENDERS)]
    cost.forget_peak()
    before_s, began = cost.cpu_s(), time.perf_counter()
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    seconds, cpu_s = time.perf_counter() - began, cost.cpu_s() - before_s
    assert not refused, refused[0]
    return [
        Figure(name="spans taken", value=spans / seconds / 1e3, unit="k/s", at_least=90),
        Figure(name="processor per million spans", value=cpu_s / spans * 1e6, unit="s", at_most=15),
        Figure(name="peak memory, taking spans", value=cost.peak_mib(), unit="MiB", at_most=300),
    ]


def _visible_ms(corpus: TraceCorpus, port: int) -> float:
    """From sending a trace until a search returns it; the median of several."""
    fresh = TraceCorpus(FRESH_TRACES, seed=SEED + 1, end_s=corpus.end_s)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    took: list[float] = []
    for one, body in zip(fresh.traces, fresh.requests(traces_each=1), strict=True):
        began = time.perf_counter()
        connection.request("POST", "/v1/traces", body, _HEADERS)
        assert connection.getresponse().read() == b""
        query = f'{{ trace:id = "{one.hex}" }}'
        path = f"/api/search?{urlencode({'q': query, 'limit': 1})}"
        while True:
            connection.request("GET", path)
            if json.loads(connection.getresponse().read())["traces"]:
                break
            assert time.perf_counter() - began < 10, "cannot find a trace that was acknowledged"
        took.append(time.perf_counter() - began)
    connection.close()
    return statistics.median(took) * 1e3


def _timing_figures(state: str, timings: Sequence[Timing], *, held_against_peer: bool) -> Iterator[Figure]:
    for timing in timings:
        question = timing.question
        at_most = 10.0 if question.peer.startswith("a_") else None
        yield Figure(name=f"{question.name}, {state}", value=timing.median_ms, unit="ms", at_most=at_most)
        if timing.wrong is not None:
            yield Figure(name=f"{question.name}, {state}: WRONG ANSWER", value=1, unit="answers", at_most=0)
        if held_against_peer:
            at_least = 1.0 if question.must_be_faster else None
            times = PEER["query_ms"][question.peer] / timing.median_ms
            yield Figure(name=f"{question.name}, {state}: faster than Tempo", value=times, unit="times", at_least=at_least)


def _show(states: Sequence[tuple[str, Sequence[Timing]]]) -> None:
    """The table for people."""
    for state, timings in states:
        print(f"\n{state:<30} {'ms':>9} {'CPU ms':>9} {'Tempo ms':>9} {'Tempo CPU':>9}")
        for timing in timings:
            name = timing.question.peer
            cells = (timing.median_ms, timing.cpu_ms, PEER["query_ms"][name], PEER["query_cpu_ms"][name])
            verdict = "right" if timing.wrong is None else f"WRONG: {timing.wrong}"
            print(f"{timing.question.name:<30} {' '.join(f'{cell:9.1f}' for cell in cells)}  {verdict}")


def measure(traces: int = DEFAULT_TRACES) -> list[Figure]:
    """Every figure; about 40 seconds for 20,000 traces."""
    corpus = TraceCorpus(traces, seed=SEED, end_s=int(time.time()) - 60)
    with tempfile.TemporaryDirectory(prefix="watchkeeper-traces-") as folder:
        store = StoreProcess(Path(folder) / "store").start()
        try:
            cost = ServerCost(store.pid)
            found = _sent(corpus, store.port, cost)
            cost.forget_peak()
            in_memory = [_ask(store.port, question, cost) for question in questions(corpus)]
            found.append(Figure(name="peak memory, asking", value=cost.peak_mib(), unit="MiB", at_most=300))
            assert store.request("POST", "/flush").status == 204
            cost.forget_peak()
            on_disk = [_ask(store.port, question, cost) for question in questions(corpus)]
            found.append(Figure(name="peak memory, asking the disk", value=cost.peak_mib(), unit="MiB", at_most=300))
            size = sum(path.stat().st_size for path in (store.folder / "traces" / "segments").rglob("*") if path.is_file())
            found.append(Figure(name="disk", value=size / traces / SPANS, unit="B/span"))
            visible_ms = _visible_ms(corpus, store.port)
            found.append(Figure(name="acknowledged to returned", value=visible_ms, unit="ms", at_most=20))
        finally:
            store.kill()
    is_comparable = traces >= DEFAULT_TRACES
    for state, timings in (("in memory", in_memory), ("on disk", on_disk)):
        found += _timing_figures(state, timings, held_against_peer=is_comparable)
    _show((("in memory", in_memory), ("on disk", on_disk)))
    return found


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks/traces.py", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--traces", type=int, default=DEFAULT_TRACES, help="traces of ten spans (default 20000)")
    given = parser.parse_args(arguments)
    return finish(measure(given.traces), {"benchmark": "traces", "peers": [PEER]})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
