"""Whether a user can read and execute a path, from mode bits: the user may be another one than the one who asks."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from watchkeeper.acquire.model import ServiceUser

_READ = 0o4
_ENTER = 0o1


def obstacle(path: Path, user: ServiceUser | None, *, execute: bool = False) -> str:
    """What keeps ``user`` (None: ourselves) from reading ``path``, or with ``execute`` from running it; "" if nothing does.

    Every folder above must be enterable, on the way of a symbolic link too. Access lists beyond mode bits are not seen.
    """
    wanted = _READ | (_ENTER if execute else 0)
    try:
        resolved = path.resolve(strict=True)
        if user is None:
            allowed = os.access(path, os.R_OK | (os.X_OK if execute else 0))
            return "" if allowed else f"{path} is not {'executable' if execute else 'readable'} for us"
        for folder in {*path.absolute().parents, *resolved.parents}:
            if not _allows(folder.stat(), user, _ENTER):
                return f"user {user.uid} cannot enter {folder}"
        if not _allows(resolved.stat(), user, wanted):
            return f"user {user.uid} cannot {'execute' if execute else 'read'} {resolved}"
    except OSError as error:
        return f"{path}: {error.strerror}"
    return ""


def unreadable_files(folder: Path, names: Iterable[str], user: ServiceUser) -> str:
    """The first of the files ``names`` below ``folder``, or of the folders they are in, that ``user`` cannot read, or "".

    For thousands of files: each is asked once, and each folder once. A name that is not there is no obstacle.
    """
    if reason := obstacle(folder, user, execute=True):
        return reason
    entered = {""}
    for name in names:
        parent = os.path.dirname(name)  # noqa: PTH120 - a Path for each of thousands costs more than asking
        wanted = [(parent, _READ | _ENTER)] if parent not in entered else []
        entered.add(parent)
        for place, bits in (*wanted, (name, _READ)):
            try:
                status = os.stat(f"{folder}/{place}")  # noqa: PTH116 - the same
            except OSError:
                continue
            if not _allows(status, user, bits):
                return f"user {user.uid} cannot read {folder}/{place}"
    return ""


def _allows(status: os.stat_result, user: ServiceUser, wanted: int) -> bool:
    if user.uid == 0:
        return True
    mode = stat.S_IMODE(status.st_mode)
    if status.st_uid == user.uid:
        mode >>= 6
    elif status.st_gid == user.gid or status.st_gid in user.groups:
        mode >>= 3
    return mode & wanted == wanted
