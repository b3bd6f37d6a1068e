"""What was done to a stack and when, one JSON object a line: for a person who asks what happened."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from watchkeeper.plan.difference import Change

_LIMIT_BYTES = 1024 * 1024


class Journal:
    """``runs.jsonl`` below the stack's journal folder; the folder must exist. Holds names and reasons, never a secret."""

    def __init__(self, folder: Path, *, plan_digest: str = "") -> None:
        self._path = folder / "runs.jsonl"
        self._plan_digest = plan_digest

    def began(self, changes: Sequence[Change]) -> None:
        """A rollout begins with these; unchanged workloads are only counted."""
        self._write(
            {
                "event": "began",
                "plan": self._plan_digest,
                "changes": [
                    {"workload": change.workload, "action": change.action, "reason": change.reason}
                    for change in changes
                    if change.action != "unchanged"
                ],
                "unchanged": sum(change.action == "unchanged" for change in changes),
            }
        )

    def ended(self, took_s: float, failures: Mapping[str, str]) -> None:
        """It ended; ``failures`` maps workloads to reasons."""
        self._write({"event": "ended", "took_s": round(took_s, 3), "failures": dict(sorted(failures.items()))})

    def _write(self, entry: Mapping[str, object]) -> None:
        if self._path.exists() and self._path.stat().st_size > _LIMIT_BYTES:
            self._path.replace(self._path.with_name("runs.1.jsonl"))
        line = json.dumps({"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "by": os.getpid(), **entry})
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "a") as file:
            file.write(line + "\n")
