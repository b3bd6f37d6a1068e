"""Writing the corpus into a store as agents do: snappy protobuf, four senders, each the only one for its streams."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.server_cost import ServerCost
from benchmarks.store_corpus import Corpus
from watchkeeper_wire.loki_push import Entry, Stream, compress_block, encode_push

SENDERS = 4
CHUNK_LINES = 1_000_000  # so many are made, then sent: only the sending is timed
LINES_PER_ROUND = 25_000  # the lines between two batches of a sender, whose share of them is about a megabyte
_HEADERS = {"Content-Type": "application/x-protobuf"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What writing all lines took; memory in MiB."""

    lines: int
    seconds: float
    cpu_s: float
    peak_mib: float

    @property
    def lines_per_s(self) -> float:
        return self.lines / self.seconds

    @property
    def cpu_s_per_million(self) -> float:
        return self.cpu_s / self.lines * 1e6


def write(corpus: Corpus, port: int, cost: ServerCost) -> Load:
    """Write every line. Raises AssertionError when a push is not acknowledged."""
    seconds = cpu_s = 0.0
    cost.forget_peak()
    for first in range(0, corpus.lines, CHUNK_LINES):
        bodies = _bodies(corpus, first, min(first + CHUNK_LINES, corpus.lines))
        before_s, began = cost.cpu_s(), time.perf_counter()
        refused: list[str] = []
        senders = [threading.Thread(target=_send, args=(port, some, refused)) for some in bodies]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        seconds += time.perf_counter() - began
        cpu_s += cost.cpu_s() - before_s
        assert not refused, refused[0]
    return Load(lines=corpus.lines, seconds=seconds, cpu_s=cpu_s, peak_mib=cost.peak_mib())


def _bodies(corpus: Corpus, first: int, behind: int) -> list[list[bytes]]:
    """The request bodies of each sender, in order."""
    bodies: list[list[bytes]] = [[] for _ in range(SENDERS)]
    for at in range(first, behind, LINES_PER_ROUND):
        for sender, batch in enumerate(_batches(corpus, at, min(at + LINES_PER_ROUND, behind))):
            if batch:
                bodies[sender].append(compress_block(encode_push(batch)))
    return bodies


def _batches(corpus: Corpus, first: int, behind: int) -> Iterator[list[Stream]]:
    """One batch of streams per sender."""
    batches: list[list[Stream]] = [[] for _ in range(SENDERS)]
    for key, piece in corpus.pieces(first, behind):
        entries = [Entry(time_ns, text) for time_ns, text in piece.entries]
        batches[key % SENDERS].append(Stream(piece.labels, entries))
    yield from batches


def _send(port: int, bodies: list[bytes], refused: list[str]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        for body in bodies:
            connection.request("POST", "/loki/api/v1/push", body, _HEADERS)
            response = connection.getresponse()
            answer = response.read()
            if response.status != 204:
                refused.append(f"{response.status}: {answer[:200].decode(errors='replace')}")
                return
    except OSError as failure:
        refused.append(str(failure))
    finally:
        connection.close()
