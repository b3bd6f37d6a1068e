from __future__ import annotations

import pytest

from watchkeeper_shipper.send import backoff_s


@pytest.mark.parametrize(
    ("failures", "shortest_s", "longest_s"), [(1, 0.05, 0.1), (2, 0.1, 0.2), (5, 0.8, 1.6), (7, 2.5, 5.0), (10_000, 2.5, 5.0)]
)
def test_waits_double_up_to_five_seconds_and_are_spread(failures: int, shortest_s: float, longest_s: float) -> None:
    assert backoff_s(failures, 0.0) == pytest.approx(shortest_s)
    assert backoff_s(failures, 1.0) == pytest.approx(longest_s)
