"""Where a Compose project lies on this machine: beside what bare processes would use, below the same state folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from watchkeeper.targets.native.layout import paths_for as native_paths_for
from watchkeeper.targets.native.layout import proofs_folder
from watchkeeper.targets.target import Paths


def paths_for(stack: str, *, environment: Mapping[str, str], uid: int) -> Paths:
    """The project's folder is ``run``. Secrets are the same as on bare processes; data lies in the engine's volumes."""
    native = native_paths_for(stack, environment=environment, uid=uid)
    project = native.state / "compose"
    return Paths(
        state=native.state,
        config=project / "config",
        data=project / "data",
        log=project / "log",
        run=project,
        secrets=native.secrets,
        journal=project / "journal",
    )


def proofs(paths: Paths) -> Path:
    """Where ``verify`` leaves its outcomes, for the console to show."""
    return proofs_folder(paths)


def lock_path(paths: Paths) -> Path:
    """One lock for the state folder, whatever the target."""
    return paths.state / "journal" / "lock"
