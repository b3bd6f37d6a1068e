"""The queries of the store's benchmark; each knows from the corpus what the answer has to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.store_corpus import NEEDLE, SECOND, SERVICES, Corpus

SERVICE = 3
HOUR_S = 3600
STEP_S = 60
Result = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """``peer`` is its name in peers.json; None: none was asked. ``wrong`` says what is wrong with an answer."""

    name: str
    query: str
    wrong: Callable[[Result], str | None]
    peer: str | None = None
    times_faster: float = 5.0
    times_faster_of_many: float = 10.0
    """The same among five million lines or more."""
    grows_slowly: bool = False
    """Whether its time must grow by less than the number of lines does."""
    parameters: Mapping[str, Any] = field(default_factory=dict)


def _lines(result: Result) -> list[tuple[int, str]]:
    return sorted(((int(value[0]), value[1]) for one in result for value in one["values"]), reverse=True)


def _expect_rows(corpus: Corpus, rows: list[int]) -> Callable[[Result], str | None]:
    """Exactly these rows of the corpus, newest first."""

    def wrong(result: Result) -> str | None:
        expected = [(int(corpus.times_ns[row]), text) for row in reversed(rows) for text in corpus.texts(row, row + 1)]
        found = _lines(result)
        return None if found == expected else f"{len(found)} lines, {len(expected)} expected, or others than expected"

    return wrong


def _expect_sums(expected: Mapping[str, int], label: str) -> Callable[[Result], str | None]:
    """Counts over all windows per value of a label; windows of one step do not overlap."""

    def wrong(result: Result) -> str | None:
        found = {one["metric"].get(label, ""): round(sum(float(value[1]) for value in one["values"])) for one in result}
        return None if found == expected else f"{found}, expected {expected}"

    return wrong


def _expect_quantiles(corpus: Corpus, share: float, range_s: int) -> Callable[[Result], str | None]:
    rows = np.flatnonzero(corpus.services == SERVICE)
    times, values = corpus.times_ns[rows], corpus.took_ms[rows]

    def wrong(result: Result) -> str | None:
        found = {int(float(value[0])): float(value[1]) for one in result for value in one["values"]}
        for instant in range(corpus.end_s - HOUR_S, corpus.end_s + 1, STEP_S):
            low, high = np.searchsorted(times, [(instant - range_s) * SECOND, instant * SECOND], side="right")
            if high > low:
                expected = float(np.quantile(values[low:high], share))
                if abs(found.get(instant, -1.0) - expected) > 1e-9 * expected:
                    return f"{found.get(instant)} at {instant}, expected {expected}"
        return None

    return wrong


def _counts(values: Any) -> dict[str, int]:
    names, counts = np.unique(values, return_counts=True)
    return dict(zip(map(str, names.tolist()), counts.tolist(), strict=True))


def questions(corpus: Corpus) -> list[Question]:
    """All of them, over the last hour."""
    of_service = np.flatnonzero(corpus.services == SERVICE)
    failed = np.flatnonzero(corpus.status == 500)
    slow = np.flatnonzero((corpus.status == 503) & (corpus.took_ms > 500))
    level_names = np.array(["info", "warn", "error"])[corpus.levels]
    each = '{service=~".+"}'
    return [
        Question(
            name="newest 100 with a text", peer="a_filter_500_limit100", query=f'{each} |= "status=500"',
            wrong=_expect_rows(corpus, failed[-100:].tolist()), grows_slowly=True,
        ),
        Question(
            name="needle", peer="b_needle", query=f'{each} |= "{NEEDLE}"', wrong=_expect_rows(corpus, [corpus.needle_row]),
            grows_slowly=True,
        ),
        Question(
            name="count by level", peer="c_count_by_level", query=f"sum by (level) (count_over_time({each}[1m]))",
            wrong=_expect_sums(_counts(level_names), "level"),
        ),
        Question(
            name="count of a pattern", peer="d_count_regex",
            query=f'sum(count_over_time({each} |~ "took_ms=[1-9][0-9]{{2,}}" [1m]))',
            wrong=_expect_sums({"": int((corpus.took_ms >= 100).sum())}, ""),
        ),
        Question(
            name="quantile of a field", peer="e_quantile_logfmt",
            query=f'quantile_over_time(0.99, {{service="{SERVICES[SERVICE]}"}} | logfmt | unwrap took_ms [5m]) by (service)',
            wrong=_expect_quantiles(corpus, 0.99, 300),
        ),
        Question(
            name="newest 100 of a service", peer="f_newest_100", query=f'{{service="{SERVICES[SERVICE]}"}}',
            wrong=_expect_rows(corpus, of_service[-100:].tolist()), times_faster_of_many=1.0, grows_slowly=True,
        ),
        Question(
            name="count by a field", peer="g_logfmt_by_status",
            query=f"sum by (status) (count_over_time({each} | logfmt [1m]))",
            wrong=_expect_sums(_counts(corpus.status), "status"),
        ),
        Question(
            name="count of a sentence", query=f'sum(count_over_time({each} |~ "deadline (exceeded|missed)" [1m]))',
            wrong=_expect_sums({"": corpus.count_of_remark("deadline exceeded")}, ""),
        ),
        Question(
            name="newest 100 by two fields", query=f'{each} | logfmt | status="503" | took_ms > 500',
            wrong=_expect_rows(corpus, slow[-100:].tolist()),
        ),
        Question(
            name="needle by a field", query=f'{each} | logfmt | trace="{NEEDLE}"',
            wrong=_expect_rows(corpus, [corpus.needle_row]),
        ),
    ]  # fmt: skip
