"""What was done to a stack, kept for whoever asks what happened."""

from __future__ import annotations

import json
import stat
from pathlib import Path

from watchkeeper.plan.difference import Change
from watchkeeper.rollout.journal import Journal

CHANGES = (
    Change(workload="a", action="restart", reason="argument --x is new"),
    Change(workload="b", action="unchanged", reason="nothing changed"),
)


def test_a_run_is_told_by_its_plan_its_changes_and_how_it_ended(tmp_path: Path) -> None:
    journal = Journal(tmp_path, plan_digest="abc")
    journal.began(CHANGES)
    journal.ended(1.23456, {"a": "it ended 3 times"})

    began, ended = [json.loads(line) for line in (tmp_path / "runs.jsonl").read_text().splitlines()]

    assert (began["event"], began["plan"], began["unchanged"]) == ("began", "abc", 1)
    assert began["changes"] == [{"workload": "a", "action": "restart", "reason": "argument --x is new"}]
    assert (ended["event"], ended["took_s"], ended["failures"]) == ("ended", 1.235, {"a": "it ended 3 times"})
    assert stat.S_IMODE((tmp_path / "runs.jsonl").stat().st_mode) == 0o600


def test_an_old_journal_is_set_aside_before_it_grows_without_end(tmp_path: Path) -> None:
    (tmp_path / "runs.jsonl").write_text("x" * (1024 * 1024 + 1))
    Journal(tmp_path).began(())
    assert (tmp_path / "runs.1.jsonl").stat().st_size > 1024 * 1024
    assert len((tmp_path / "runs.jsonl").read_text().splitlines()) == 1
