"""Who we are on this machine, and whom the services can be."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from watchkeeper.targets.native.identity import Identity, service_uid
from watchkeeper.workload.failure import WorldFailed
from watchkeeper.workload.workload import HostAccess

_LOG_GROUPS = ("adm", "systemd-journal")
_SETPRIV_PLACES = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"


def current_identity(state: Path, *, recorded_uid: int = 0) -> Identity:
    """Who the services of the stack in ``state`` run as on this machine. Raises WorldFailed where root cannot drop to it.

    ``recorded_uid``: the number chosen before, which owns the data; 0 at the first start.
    """
    setpriv = shutil.which("setpriv", path=_SETPRIV_PLACES) or ""
    if os.geteuid() != 0:
        return Identity(uid=os.geteuid(), gid=os.getegid(), drops=False, setpriv=setpriv, fallback=sys.executable)
    if not setpriv:
        raise WorldFailed("cannot drop root's rights for the services: setpriv is missing", hint="install util-linux")
    uid = recorded_uid or service_uid(state, taken=_taken_ids())
    groups = tuple(group.gr_gid for group in grp.getgrall() if group.gr_name in _LOG_GROUPS)
    wanted = Identity(uid=uid, gid=uid, drops=True, log_groups=groups, setpriv=setpriv)
    without_bounding = Identity(uid=uid, gid=uid, drops=True, log_groups=groups, setpriv=setpriv, bounding=False)
    trouble: list[str] = []
    # A container without CAP_SETPCAP cannot empty the bounding set; no-new-privs makes that set meaningless anyway.
    for identity in (wanted, without_bounding):
        trouble = _trouble_with(identity.prefix(HostAccess()))
        if not trouble:
            return identity
    raise WorldFailed(
        f"cannot run the services as the unprivileged user {uid}",
        hint="run watchkeeper as an ordinary user instead of root",
        evidence=trouble,
    )


def _taken_ids() -> frozenset[int]:
    return frozenset({user.pw_uid for user in pwd.getpwall()} | {group.gr_gid for group in grp.getgrall()})


def _trouble_with(prefix: Sequence[str]) -> list[str]:
    done = subprocess.run([*prefix, "/bin/true"], capture_output=True, text=True, timeout=10, check=False)
    return (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]) if done.returncode else []
