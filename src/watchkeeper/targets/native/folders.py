"""Make the state folders and write files into them, owned so that services can write only what they must.

Run by an ordinary user, everything is 0700 / 0600. Run by root, the services have a user and group of their own: they own
their data; what they may only read belongs to root with their group's read bit (0750 / 0640); others have nothing ever.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from watchkeeper.targets.native.identity import Identity
from watchkeeper.targets.native.render import Rendered, RenderedFile
from watchkeeper.targets.target import Paths
from watchkeeper.workload.failure import WorldFailed


def make_folders(paths: Paths, identity: Identity) -> None:
    """The stack's own folders. Raises WorldFailed where one cannot be made or belongs to somebody else."""
    try:
        _require_own(paths.run)
        _make_ancestors(paths.state)
        for folder in (paths.state, paths.config, paths.data, paths.run, paths.secrets):
            _shared(folder, identity)
        for folder in (paths.run / "programs", paths.run / "launch", paths.run / "starts"):
            _shared(folder, identity)
        # The shipper must be able to read the logs that supervisor writes as root.
        _shared(paths.log, identity, inherited_group=True)
        _make(paths.journal, 0o700, os.geteuid(), os.getegid())
    except OSError as error:
        raise _unusable(paths, error) from error


def make_lock_folder(paths: Paths) -> None:
    """Just enough to take the stack's lock; ``make_folders`` gives every folder its rights."""
    try:
        _make_ancestors(paths.state)
        paths.journal.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise _unusable(paths, error) from error


def make_workload_folders(rendered: Rendered, identity: Identity) -> None:
    """Each workload's data folders, its own to write; its secrets become readable to it."""
    for process in rendered.processes:
        try:
            for folder in (process.home, *process.volumes):
                _make(folder, 0o700, identity.uid, identity.gid)
        except OSError as error:
            raise _unusable(rendered.paths, error) from error
        for secret in process.secrets:
            secret.chmod(0o600)
            if identity.drops:
                os.chown(secret, identity.uid, identity.gid)


def write_file(path: Path, content: bytes, identity: Identity) -> bool:
    """Write a file that services may only read, whole or not at all; False when it was the same already."""
    mode = 0o640 if identity.drops else 0o600
    if path.is_file() and path.read_bytes() == content:
        return False
    for folder in reversed([parent for parent in path.parents if not parent.exists()]):
        _shared(folder, identity)
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        if identity.drops:
            os.fchown(file.fileno(), 0, identity.gid)
        os.fchmod(file.fileno(), mode)
    fresh.replace(path)
    return True


def write_configuration(config: Path, files: tuple[RenderedFile, ...], identity: Identity) -> None:
    """Make one workload's configuration folder hold exactly ``files``."""
    _shared(config, identity)
    for file in files:
        write_file(file.path, file.content, identity)
    wanted = {file.path for file in files}
    for path in [path for path in config.rglob("*") if path.is_file() and path not in wanted]:
        path.unlink()


def _unusable(paths: Paths, error: OSError) -> WorldFailed:
    return WorldFailed(
        f"cannot make the state folder {paths.state}: {error.strerror}: {error.filename}",
        hint="set WATCHKEEPER_STATE_DIR to a folder you own",
    )


def _make_ancestors(state: Path) -> None:
    """Root's are open to pass, whatever the umask: the services' user lives below them."""
    for folder in reversed([parent for parent in state.parents if not parent.exists()]):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755 if os.geteuid() == 0 else 0o700)


def _require_own(folder: Path) -> None:
    """Somebody else could have made a folder below /tmp first, and would own what we put into it."""
    if folder.is_symlink() or (folder.exists() and folder.stat().st_uid != os.geteuid()):
        raise PermissionError(1, "it was made by another user", str(folder))


def _shared(folder: Path, identity: Identity, *, inherited_group: bool = False) -> None:
    """A folder that services pass and read. ``inherited_group``: what is made in it gets the services' group."""
    if identity.drops:
        _make(folder, 0o2750 if inherited_group else 0o750, 0, identity.gid)
    else:
        _make(folder, 0o700, identity.uid, identity.gid)


def _make(folder: Path, mode: int, uid: int, gid: int) -> None:
    """Make it, or set right what is there. Never through a link: a service could have put one into its own folder."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        status = os.fstat(handle)
        if os.geteuid() != 0 and status.st_uid != os.geteuid():
            raise PermissionError(1, "it belongs to another user", str(folder))
        if (status.st_uid, status.st_gid) != (uid, gid) and os.geteuid() == 0:
            os.fchown(handle, uid, gid)
        if stat.S_IMODE(status.st_mode) != mode:
            os.fchmod(handle, mode)
    finally:
        os.close(handle)
