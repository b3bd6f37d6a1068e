"""What of this machine a Compose project must know."""

from __future__ import annotations

import grp
from pathlib import Path

from watchkeeper.targets.compose.engine import Engine, EngineAway, EngineRefused
from watchkeeper.targets.compose.layout import proofs
from watchkeeper.targets.compose.preflight import engine_folder
from watchkeeper.targets.compose.render import Machine
from watchkeeper.targets.target import Paths

_CAP_SYS_RESOURCE = 24


def this_machine(engine: Engine, paths: Paths, stack_group: int) -> Machine:
    """Looked up now; what an engine that does not answer would tell keeps its usual value."""
    usual = Machine()
    try:
        folder, socket = str(engine_folder(engine)), engine.socket_path()
        engine_group, engine_socket = socket.stat().st_gid, str(socket)
    except (EngineAway, EngineRefused, OSError):
        folder, engine_group, engine_socket = usual.engine_folder, usual.engine_group, usual.engine_socket
    return Machine(
        stack_group=stack_group,
        log_group=_group("adm", usual.log_group),
        journal_group=_group("systemd-journal", usual.journal_group),
        engine_group=engine_group,
        engine_folder=folder,
        engine_socket=engine_socket,
        secrets_folder=str(paths.secrets),
        proofs_folder=str(proofs(paths)),
        most_open_files=_most_open_files(engine),
    )


def _most_open_files(engine: Engine) -> int:
    """The engine's own limit, where it may not raise it; 0 where it may, or where that cannot be seen."""
    try:
        process = Path(f"/proc/{engine.process()}")
        status = (process / "status").read_text(encoding="ascii", errors="replace")
        limits = (process / "limits").read_text(encoding="ascii")
    except (EngineAway, OSError):
        return 0
    capabilities = int(next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff:")), 16)
    if capabilities >> _CAP_SYS_RESOURCE & 1:
        return 0
    hard = next(line.split()[4] for line in limits.splitlines() if line.startswith("Max open files"))
    return int(hard) if hard.isdigit() else 0


def _group(name: str, otherwise: int) -> int:
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        return otherwise
