"""Where a stack lives on this machine. Choosing the paths is here; making the folders is ``folders.py``."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from watchkeeper.targets.target import Paths

_SOCKET_NAME = "supervisor.sock"
_SUN_PATH_BYTES = 107  # Linux: 108 with the closing NUL
_TEMPORARY_SUFFIX_BYTES = len(".4194304")  # supervisor binds ``<path>.<pid>`` first and renames it


def paths_for(stack: str, *, environment: Mapping[str, str], uid: int) -> Paths:
    """The stack's folders: below ``$WATCHKEEPER_STATE_DIR`` itself, else ``/var/lib`` (root) or the XDG state folder.

    ``run`` lies elsewhere only when the state folder's path is too long for a unix socket.
    """
    override = environment.get("WATCHKEEPER_STATE_DIR", "")
    if override:
        state = Path(override).expanduser().absolute()
    elif uid == 0:
        state = Path("/var/lib/watchkeeper") / stack
    else:
        xdg = environment.get("XDG_STATE_HOME", "")
        home = Path(environment.get("HOME") or "~").expanduser()
        base = Path(xdg) if xdg.startswith("/") else home / ".local" / "state"
        state = base / "watchkeeper" / stack
    return Paths(
        state=state,
        config=state / "config",
        data=state / "data",
        log=state / "log",
        run=_run_folder(state, environment, uid),
        secrets=state / "secrets",
        journal=state / "journal",
    )


def socket_path(paths: Paths) -> Path:
    """The supervisor's unix socket."""
    return paths.run / _SOCKET_NAME


def start_mark_path(paths: Paths, workload: str) -> Path:
    """Written before each start that somebody wanted, so that the warden can tell it from one after a crash."""
    return paths.run / "starts" / workload


def proofs_folder(paths: Paths) -> Path:
    """Where each run of ``verify`` leaves its evidence, in a folder of its own."""
    return paths.state / "proofs"


def latest_proof(paths: Paths) -> Path:
    """The newest outcome, which services may read."""
    return proofs_folder(paths) / "latest.json"


def run_folder_moved(paths: Paths) -> bool:
    """Whether the state folder's path was too long for a socket, so that ``run`` lies elsewhere."""
    return paths.run.parent != paths.state


def _run_folder(state: Path, environment: Mapping[str, str], uid: int) -> Path:
    usual = state / "run"
    if len(bytes(usual / _SOCKET_NAME)) + _TEMPORARY_SUFFIX_BYTES <= _SUN_PATH_BYTES:
        return usual
    short = hashlib.sha256(bytes(state)).hexdigest()[:12]
    runtime = environment.get("XDG_RUNTIME_DIR", "")
    if uid != 0 and runtime.startswith("/") and len(runtime) <= 40:
        return Path(runtime) / f"watchkeeper-{short}"
    # The folder is made 0700 and its owner is checked before use, so a name others can guess is no risk.
    return Path("/tmp") / f"watchkeeper-{uid}-{short}"  # noqa: S108
