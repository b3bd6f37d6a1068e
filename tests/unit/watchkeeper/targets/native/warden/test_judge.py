"""When the warden restarts a process, read as a transcript of looks and verdicts."""

from __future__ import annotations

from dataclasses import replace

from watchkeeper.targets.native.probe_point import ProbePoint
from watchkeeper.targets.native.warden.judge import START_AGAIN_AFTER_S, Seen, Standing, Verdict, judge
from watchkeeper.targets.native.warden.watchlist import Watched
from watchkeeper.targets.target import Answer

POINT = ProbePoint(host="127.0.0.1", port=1)
WATCHED = Watched(
    name="a",
    component="a",
    image="a",
    ready=POINT,
    alive=POINT,
    start_deadline_s=30.0,
    period_s=5.0,
    failures=3,
    memory_limit_bytes=100,
    cpu_limit_cores=1.0,
    stop_grace_s=10.0,
    data_folder="",
    log_file="",
    start_mark="",
)
YES = Answer(passed=True)
NO = Answer(passed=False, detail="no answer within 2 s")


class Transcript:
    """One process; every look returns the act."""

    def __init__(self) -> None:
        self.standing = Standing()
        self.last = Verdict(standing=self.standing)

    def at(self, now_s: float, answer: Answer | None = YES, **changes: object) -> str:
        seen = Seen(now_s=now_s, lifecycle="running", pid=1, started_at_s=0.0, alive=answer, ready=answer, memory_bytes=50)
        self.last = judge(WATCHED, self.standing, replace(seen, **changes))  # type: ignore[arg-type]
        self.standing = self.last.standing
        return self.last.act


def test_a_process_that_answers_is_left_alone() -> None:
    process = Transcript()
    assert [process.at(now_s) for now_s in range(0, 100, 5)] == ["none"] * 20
    assert process.standing.health == "healthy"


def test_three_misses_in_a_row_end_it_and_one_answer_in_between_forgives() -> None:
    process = Transcript()
    process.at(0)
    assert [process.at(5, NO), process.at(10, NO), process.at(15), process.at(20, NO), process.at(25, NO)] == ["none"] * 5
    assert process.standing.health == "unhealthy"
    assert process.at(30, NO) == "terminate"
    assert process.last.reason == "it did not answer 3 times in a row: no answer within 2 s"


def test_looks_in_quick_succession_count_as_one_miss() -> None:
    process = Transcript()
    process.at(0)
    assert [process.at(10 + tenth / 10, NO) for tenth in range(40)] == ["none"] * 40
    assert process.standing.misses == 1


def test_a_process_that_has_never_answered_has_its_start_deadline() -> None:
    process = Transcript()
    assert {process.at(now_s, NO) for now_s in range(0, 30, 5)} == {"none"}
    assert process.standing.health == "starting"
    assert [process.at(31, NO), process.at(36, NO), process.at(41, NO)] == ["none", "none", "terminate"]


def test_a_frozen_process_is_killed_at_once_because_it_takes_no_other_signal() -> None:
    process = Transcript()
    process.at(0)
    process.at(5, NO, frozen=True)
    process.at(10, NO, frozen=True)
    assert process.at(15, NO, frozen=True) == "kill"


def test_a_process_that_does_not_end_when_asked_is_killed_after_five_seconds() -> None:
    process = Transcript()
    process.at(0)
    for now_s in (5, 10, 15):
        process.at(now_s, NO)
    assert process.at(17.5, NO) == "none"
    assert process.at(20, NO) == "kill"


def test_the_new_process_is_counted_with_its_cause_and_starts_with_a_clean_slate() -> None:
    process = Transcript()
    process.at(0)
    for now_s in (5, 10, 15):
        process.at(now_s, NO)
    assert process.at(18, NO, pid=2, started_at_s=17) == "none"
    assert process.last.restarted == "hung"
    assert (process.standing.restarts, process.standing.misses, process.standing.health) == (1, 0, "starting")
    assert process.standing.last_restart_reason.startswith("it did not answer 3 times")


def test_memory_above_the_limit_for_three_checks_ends_it() -> None:
    process = Transcript()
    process.at(0)
    assert [process.at(5, memory_bytes=101), process.at(10, memory_bytes=101)] == ["none", "none"]
    assert process.at(15, memory_bytes=101) == "terminate"
    assert process.last.reason == "it used 101 bytes of memory, more than its limit of 100"
    process.at(18, pid=2)
    assert process.last.restarted == "memory"


def test_a_short_peak_of_memory_is_forgiven() -> None:
    process = Transcript()
    process.at(0)
    acts = [process.at(5, memory_bytes=101), process.at(10, memory_bytes=101), process.at(15), process.at(20, memory_bytes=101)]
    assert acts == ["none"] * 4


def test_a_process_that_ended_by_itself_is_counted_as_that() -> None:
    process = Transcript()
    process.at(0)
    process.at(5, None, lifecycle="retrying", pid=0)
    assert process.standing.health == "unhealthy"
    process.at(7, pid=2)
    assert (process.last.restarted, process.standing.last_restart_reason) == ("ended", "it ended by itself")


def test_a_start_that_somebody_wanted_is_no_restart_even_when_the_stop_was_not_seen() -> None:
    process = Transcript()
    process.at(0, start_mark=1.0)
    process.at(5, pid=2, start_mark=2.0)
    assert process.last.restarted is None
    assert process.standing.restarts == 0
    process.at(10, pid=3, start_mark=2.0)
    assert process.last.restarted == "ended"


def test_a_stopped_process_is_neither_healthy_nor_unhealthy() -> None:
    process = Transcript()
    process.at(0)
    assert process.at(5, None, lifecycle="stopped", pid=0) == "none"
    assert process.standing.health == "unknown"


def test_a_process_left_alone_after_many_failures_is_started_again_after_a_minute() -> None:
    process = Transcript()
    process.at(0)
    assert process.at(5, None, lifecycle="failed", pid=0) == "none"
    assert process.at(5 + START_AGAIN_AFTER_S - 1, None, lifecycle="failed", pid=0) == "none"
    assert process.at(5 + START_AGAIN_AFTER_S, None, lifecycle="failed", pid=0) == "start"
    process.at(70, pid=2)
    assert process.last.restarted == "start-over"
