"""Buckets and slices: every window is whole buckets, every row is in exactly one slice."""

from __future__ import annotations

import numpy as np
import pytest

from watchkeeper_store.logql.evaluation.results import Instants
from watchkeeper_store.model.rows import RowBatch, texts_of
from watchkeeper_store.query.selection import Selection, slices
from watchkeeper_store.query.windows import Buckets, buckets_of, distribution, windowed


def bucket(buckets: Buckets, ts: int) -> int:
    """What `Buckets.sql` computes."""
    step, rest = divmod(ts - buckets.origin_ns - 1, buckets.step_ns)
    return 2 * step + (0 if buckets.phase_ns == buckets.step_ns else int(rest >= buckets.phase_ns))


@pytest.mark.parametrize("range_ns", [1, 7, 10, 13, 20, 25])
@pytest.mark.parametrize("offset_ns", [0, 3, -4])
@pytest.mark.parametrize("step_ns", [0, 10])
def test_a_window_is_exactly_its_buckets(range_ns: int, offset_ns: int, step_ns: int) -> None:
    instants = Instants(start_ns=100, end_ns=130 if step_ns else 100, step_ns=step_ns)
    buckets = buckets_of(instants, range_ns, offset_ns)
    for number, at in enumerate(instants.times_ns()):
        end = at - offset_ns
        for ts in range(end - range_ns - 3, end + 4):
            if ts <= buckets.origin_ns:
                continue
            inside = int(buckets.low[number]) <= bucket(buckets, ts) < int(buckets.high[number])
            assert inside == (end - range_ns < ts <= end), (at, ts)


def test_sums_per_window_have_gaps_where_nothing_is() -> None:
    buckets = buckets_of(Instants(start_ns=10, end_ns=30, step_ns=10), 10, 0)
    totals = np.zeros((buckets.count, 2))
    totals[bucket(buckets, 5)] = (2, 8)
    totals[bucket(buckets, 30)] = (1, 3)
    assert windowed(totals, buckets, 2.0) == [4.0, None, 1.5]


@pytest.mark.parametrize(
    ("function", "parameter", "expected"),
    [
        ("sum_over_time", None, 16.0),
        ("avg_over_time", None, 4.0),
        ("min_over_time", None, 1.0),
        ("max_over_time", None, 5.0),
        ("quantile_over_time", 0.5, 5.0),
        ("quantile_over_time", 0.25, 4.0),  # of 1 5 5 5: rank 0.75, three quarters of the way from 1 to 5
        ("stdvar_over_time", None, 3.0),
    ],
)
def test_values_count_as_often_as_they_occur(function: str, parameter: float | None, expected: float) -> None:
    buckets = buckets_of(Instants(start_ns=10, end_ns=10, step_ns=0), 10, 0)
    counts = np.zeros((2, buckets.count))
    counts[0, bucket(buckets, 4)] = 3
    counts[1, bucket(buckets, 7)] = 1
    assert distribution(function, parameter, np.array([5.0, 1.0]), counts, buckets, 1.0) == [expected]


@pytest.mark.parametrize("at_once", [1, 1 << 18])
def test_quantiles_leave_gaps_and_put_nan_before_every_number(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watchkeeper_store.query.windows._CELLS_AT_ONCE", at_once)
    buckets = buckets_of(Instants(start_ns=10, end_ns=40, step_ns=10), 10, 0)
    values = np.array([7.0, np.nan, 3.0])
    counts = np.zeros((3, buckets.count))
    counts[:, bucket(buckets, 4)] = (1, 0, 1)
    counts[:, bucket(buckets, 25)] = (2, 1, 0)
    counts[:, bucket(buckets, 35)] = (0, 0, 1)
    assert distribution("quantile_over_time", 0.5, values, counts, buckets, 1.0) == [5.0, None, 7.0, 3.0]
    lowest = distribution("quantile_over_time", 0.0, values, counts, buckets, 1.0)
    assert (lowest[0], lowest[1], lowest[3]) == (3.0, None, 3.0)
    assert lowest[2] is not None
    assert np.isnan(lowest[2])


@pytest.mark.parametrize(("share", "expected"), [(-0.1, -np.inf), (1.1, np.inf)])
def test_a_share_that_is_none_is_beyond_every_value(share: float, expected: float) -> None:
    buckets = buckets_of(Instants(start_ns=10, end_ns=20, step_ns=10), 10, 0)
    counts = np.zeros((1, buckets.count))
    counts[0, bucket(buckets, 4)] = 1
    assert distribution("quantile_over_time", share, np.array([5.0]), counts, buckets, 1.0) == [expected, None]


@pytest.mark.parametrize(("function", "expected"), [("avg_over_time", 1e308), ("stdvar_over_time", 0.0)])
def test_a_mean_is_finite_where_the_sum_is_too_large(function: str, expected: float) -> None:
    buckets = buckets_of(Instants(start_ns=10, end_ns=10, step_ns=0), 10, 0)
    counts = np.zeros((1, buckets.count))
    counts[0, bucket(buckets, 5)] = 2
    assert distribution(function, None, np.array([1e308]), counts, buckets, 1.0) == [expected]


def selection(*times: list[int]) -> Selection:
    batches = tuple(
        RowBatch(
            numbers=np.array([1]),
            streams=np.ones(len(one), dtype=np.int64),
            timestamps_ns=np.array(one, dtype=np.int64),
            lines=texts_of([b"x"] * len(one)),
            levels=np.zeros(len(one), dtype=np.int32),
        )
        for one in times
    )
    numbers = np.array([1], dtype=np.int64)
    return Selection(streams={1: ()}, numbers=numbers, covers_all=True, batches=batches, segments=(), start_ns=0, end_ns=10**6)


@pytest.mark.parametrize("backward", [True, False])
@pytest.mark.parametrize("growing", [True, False])
def test_slices_cover_every_row_once_and_in_order(backward: bool, growing: bool) -> None:
    chosen = selection(list(range(0, 500, 5)), list(range(400, 900)), [7], list(range(2000, 2600)))
    pieces = list(slices(chosen, 50, backward=backward, growing=growing))
    in_time = pieces[::-1] if backward else pieces
    assert [start for start, _ in in_time[1:]] == [end for _, end in in_time[:-1]]
    assert (in_time[0][0], in_time[-1][1]) == (0, 2600)
    assert len(pieces) > 1


def test_one_row_is_one_slice() -> None:
    assert list(slices(selection([1_795_224_465_000_000_001 % 10**6]), 10, backward=True, growing=True)) == [(1, 2)]
