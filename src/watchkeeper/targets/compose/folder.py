"""Write a Compose project's folder so that containers can read what is theirs, and nobody else on the machine can.

The folder itself is closed to others; what lies in it is readable, because each container sees only what is mounted into it
and runs as a user of its image that this machine does not know. Secrets stay closed: containers that need them are given the
group that may read them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from watchkeeper.targets.compose.layout import lock_path, proofs
from watchkeeper.targets.compose.render import Rendered
from watchkeeper.targets.target import Paths
from watchkeeper.workload.failure import WorldFailed


def make_lock_folder(paths: Paths) -> None:
    """Just enough to take the stack's lock and to note what was done under it."""
    try:
        for folder in (lock_path(paths).parent, paths.journal):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise _unusable(paths, error) from error


def make_folders(paths: Paths, stack_group: int) -> None:
    """The project's own folders. Raises WorldFailed where one cannot be made or belongs to somebody else."""
    try:
        paths.state.parent.mkdir(parents=True, exist_ok=True)
        for folder in (paths.state, paths.run, paths.journal, paths.secrets):
            folder.mkdir(exist_ok=True, mode=0o700)
        proofs(paths).mkdir(exist_ok=True, mode=0o750)
        _give(proofs(paths), stack_group, 0o750)
    except OSError as error:
        raise _unusable(paths, error) from error


def write_project(paths: Paths, rendered: Rendered) -> None:
    """Make the folder hold exactly what was rendered; files are replaced whole, so that no reader sees half of one."""
    wanted: set[Path] = set()
    for file in rendered.all_files():
        path = paths.run / file.path
        wanted.add(path)
        _write(path, file.content, paths.run)
    for path in [path for path in paths.config.rglob("*") if path.is_file() and path not in wanted]:
        path.unlink()
    for container in rendered.containers:
        if container.files:
            (paths.config / container.name).chmod(0o755)


def open_secrets(paths: Paths, names: Iterable[str], stack_group: int) -> None:
    """Let the stack's group read them."""
    for name in names:
        _give(paths.secrets / name, stack_group, 0o640)


def _write(path: Path, content: bytes, project: Path) -> None:
    if path.is_file() and path.read_bytes() == content:
        return
    for folder in reversed([parent for parent in path.parents if not parent.exists()]):
        folder.mkdir()
    for folder in path.relative_to(project).parents:
        if folder != Path():
            (project / folder).chmod(0o755)
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        os.fchmod(file.fileno(), 0o644)
    fresh.replace(path)


def _give(path: Path, group: int, mode: int) -> None:
    status = path.stat()
    if status.st_gid != group:
        os.chown(path, -1, group)
    path.chmod(mode)


def _unusable(paths: Paths, error: OSError) -> WorldFailed:
    return WorldFailed(
        f"cannot make the state folder {paths.state}: {error.strerror}: {error.filename}",
        hint="set WATCHKEEPER_STATE_DIR to a folder you own",
    )
