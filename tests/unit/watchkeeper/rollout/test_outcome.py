"""How a rollout's end is told."""

from __future__ import annotations

import pytest

from watchkeeper.rollout.drive import Failure, Outcome
from watchkeeper.workload.failure import WorldFailed


def test_a_rollout_without_failures_raises_nothing() -> None:
    Outcome(changes=(), failures=(), took_s=0.1).raise_if_failed()


def test_every_failure_is_raised_with_its_reason_and_last_words() -> None:
    failures = (
        Failure(workload="a", reason="it ended 3 times", evidence=("the disk ate my homework",)),
        Failure(workload="b", reason="it was not ready within 30 s", evidence=()),
    )
    with pytest.raises(WorldFailed, match="cannot bring every component where it should be: a, b") as failed:
        Outcome(changes=(), failures=failures, took_s=0.1).raise_if_failed()
    assert failed.value.evidence == (
        "a: it ended 3 times",
        "  | the disk ate my homework",
        "b: it was not ready within 30 s",
    )
