"""What on this machine would make a start fail, found before anything is written: all of it at once."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

from watchkeeper.targets.native.identity import Identity
from watchkeeper.targets.native.leftovers import marked_processes
from watchkeeper.targets.native.render import Rendered
from watchkeeper.targets.target import Obstacle, Paths

_LEAST_FREE_BYTES = 512 * 1024 * 1024


def obstacles(rendered: Rendered, identity: Identity) -> tuple[Obstacle, ...]:
    """In the order a person would mend them; empty when the start can begin."""
    paths = rendered.paths
    return (
        *_state_obstacles(paths),
        *_program_obstacles(rendered, identity),
        *_secret_obstacles(rendered),
        *_port_obstacles(rendered),
    )


def _state_obstacles(paths: Paths) -> Iterator[Obstacle]:
    existing = next(folder for folder in (paths.state, *paths.state.parents) if folder.exists())
    if not existing.is_dir():
        yield Obstacle(
            kind="state-not-writable",
            message=f"cannot keep state in {paths.state}: {existing} is not a folder",
            hint="set WATCHKEEPER_STATE_DIR to another folder",
        )
        return
    if existing == paths.state and existing.stat().st_uid != os.geteuid() and (os.geteuid() != 0 or any(existing.iterdir())):
        yield Obstacle(
            kind="state-owner",
            message=f"cannot use {paths.state}: it belongs to user {existing.stat().st_uid}, not to {os.geteuid()}",
            hint="run as its owner, or set WATCHKEEPER_STATE_DIR to another folder",
        )
    elif not os.access(existing, os.W_OK | os.X_OK):
        yield Obstacle(
            kind="state-not-writable",
            message=f"cannot keep state in {paths.state}: {existing} is not writable",
            hint="set WATCHKEEPER_STATE_DIR to a folder you own",
        )
    free = shutil.disk_usage(existing).free
    if free < _LEAST_FREE_BYTES:
        yield Obstacle(
            kind="disk-full",
            message=f"cannot start with {free // 2**20} MiB free below {existing}; {_LEAST_FREE_BYTES // 2**20} MiB are needed",
            hint="free some space, or set WATCHKEEPER_STATE_DIR to a folder on another disk",
        )
    if any(character in str(paths.state) for character in "\n\r;#"):
        yield Obstacle(
            kind="state-not-writable",
            message=f"cannot use {str(paths.state)!r}: supervisor's files cannot hold such a path",
            hint="choose a path without ';', '#' and line breaks",
        )


def _program_obstacles(rendered: Rendered, identity: Identity) -> Iterator[Obstacle]:
    for process in rendered.processes:
        executable = Path(process.argv[0])
        if not os.access(executable, os.X_OK):
            yield Obstacle(
                kind="missing-program",
                workload=process.name,
                message=f"cannot run {process.name}: {executable} is not an executable file",
                hint="acquire it again",
            )
    if not identity.drops:
        return
    wanted = {rendered.paths.state.parent, *(Path(process.argv[0]).resolve().parent for process in rendered.processes)}
    blocked = {folder: closed for folder in sorted(wanted) if (closed := _closed_folder(folder)) is not None}
    for folder, closed in blocked.items():
        yield Obstacle(
            kind="unreachable",
            message=f"cannot run services from {folder}: their user {identity.uid} may not pass {closed}",
            hint=f"chmod o+x {closed}, set WATCHKEEPER_STATE_DIR to another place, or run as an ordinary user",
        )


def _closed_folder(folder: Path) -> Path | None:
    """The outermost folder on the way that others cannot pass."""
    for place in (*reversed(folder.parents), folder):
        if place.exists() and not place.stat().st_mode & 0o001:
            return place
    return None


def _secret_obstacles(rendered: Rendered) -> Iterator[Obstacle]:
    for process in rendered.processes:
        for secret in process.secrets:
            if not secret.is_file():
                yield Obstacle(
                    kind="missing-secret",
                    workload=process.name,
                    message=f"cannot start {process.name}: its secret {secret} does not exist",
                    hint="make the secrets first",
                )


def _port_obstacles(rendered: Rendered) -> Iterator[Obstacle]:
    taken = [
        (process.name, endpoint, address)
        for process in rendered.processes
        for endpoint, address in process.addresses.items()
        if not free_address(address)
    ]
    if not taken:
        return
    ours = frozenset(marked_processes(rendered.paths.state))
    for workload, endpoint, address in taken:
        owner, name = listener(int(address.rpartition(":")[2]))
        if owner in ours:
            continue
        who = f"process {owner} ({name})" if owner else "another user's process"
        yield Obstacle(
            kind="port-in-use",
            workload=workload,
            endpoint=endpoint,
            message=f"cannot give {address} to {workload}: {who} listens there",
            hint="end that program, or choose another port",
            evidence=(f"port={address.rpartition(':')[2]} pid={owner or 'unknown'} program={name or 'unknown'}",),
        )


def free_address(address: str) -> bool:
    host, _, port = address.rpartition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a closed connection's last minute is no obstacle
        try:
            probe.bind((host, int(port)))
            probe.listen()
        except OSError:
            return False
    return True


def listener(port: int) -> tuple[int, str]:
    """(pid, name) of who listens on the port; (0, "") where it cannot be seen."""
    import psutil

    for connection in psutil.net_connections(kind="tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port and connection.pid:
            try:
                return connection.pid, psutil.Process(connection.pid).name()
            except psutil.Error:
                return connection.pid, "unknown"
    return 0, ""
