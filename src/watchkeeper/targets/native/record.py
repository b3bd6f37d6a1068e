"""What was applied, on disk: ``journal/applied.json``, read by the next run to see what changes."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from watchkeeper.plan.difference import FilePrint, Fingerprint
from watchkeeper.targets.target import Step
from watchkeeper.workload.failure import WorldFailed

_FORMAT = 1


def read_applied(journal: Path) -> dict[str, Step]:
    """By workload; empty when nothing was applied. A file of another format counts as none: everything starts anew.

    Raises WorldFailed where the stack is another user's.
    """
    try:
        data = json.loads((journal / "applied.json").read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    except PermissionError as error:
        raise not_ours(journal.parent) from error
    if not isinstance(data, dict) or data.get("format") != _FORMAT:
        return {}
    return {entry["workload"]: _step(entry) for entry in data["steps"]}


def write_applied(journal: Path, steps: Mapping[str, Step]) -> None:
    """The whole file or nothing."""
    data = {"format": _FORMAT, "steps": [asdict(steps[name]) for name in sorted(steps)]}
    replace_private(journal / "applied.json", json.dumps(data, indent=1, sort_keys=True).encode() + b"\n")


def not_ours(state: Path) -> WorldFailed:
    """The state folder is somebody else's."""
    return WorldFailed(
        f"cannot use {state}: it belongs to another user",
        hint="run as its owner, or set WATCHKEEPER_STATE_DIR to another folder",
    )


def read_service_uid(journal: Path) -> int:
    """The user number chosen for the services at the first start as root; 0 when none was."""
    try:
        return int(json.loads((journal / "identity.json").read_bytes())["uid"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return 0


def write_service_uid(journal: Path, uid: int) -> None:
    """Remember it: the data belongs to it."""
    replace_private(journal / "identity.json", json.dumps({"uid": uid}).encode() + b"\n")


def replace_private(path: Path, content: bytes) -> None:
    """Write a 0600 file, whole or not at all."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    fresh.replace(path)


def _step(entry: Mapping[str, Any]) -> Step:
    fingerprint = entry["fingerprint"]
    return Step(
        **{
            **entry,
            "fingerprint": Fingerprint(
                **{
                    **fingerprint,
                    "arguments": tuple(fingerprint["arguments"]),
                    "files": {name: FilePrint(**file) for name, file in fingerprint["files"].items()},
                }
            ),
        }
    )
