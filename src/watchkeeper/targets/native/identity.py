"""Under which user the services run, and the command prefix that makes it so."""

from __future__ import annotations

import grp
import hashlib
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from watchkeeper.workload.failure import WorldFailed
from watchkeeper.workload.workload import HostAccess

_FIRST_UID, _LAST_UID = 61184, 65519  # the range that service managers use for users without a passwd entry
_LOG_GROUPS = ("adm", "systemd-journal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """``drops``: we are root and the services are not. ``log_groups``: numeric ids that may read the machine's logs.

    ``setpriv`` is empty where the machine has none; then ``fallback`` is the interpreter that ties a service to its parent.
    """

    uid: int
    gid: int
    drops: bool
    log_groups: tuple[int, ...] = ()
    setpriv: str = ""
    fallback: str = ""
    bounding: bool = True

    def prefix(self, host: HostAccess) -> tuple[str, ...]:
        """What stands in front of a service's command: it dies with its parent and has no more rights than it needs."""
        if not self.setpriv:
            return (self.fallback, "-I", "-S", str(Path(__file__).with_name("tied_to_parent.py")))
        words = [self.setpriv, "--pdeathsig", "KILL", "--no-new-privs"]
        if self.drops:
            words += ["--reuid", str(self.uid), "--regid", str(self.gid)]
            groups = ",".join(str(group) for group in self.log_groups) if host.log_files else ""
            words += ["--groups", groups] if groups else ["--clear-groups"]
            kept = ",+net_raw" if host.raw_sockets else ""
            words.append(f"--inh-caps=-all{kept}")
            if kept:
                words.append("--ambient-caps=+net_raw")
            if self.bounding:
                words.append(f"--bounding-set=-all{kept}")
        return (*words, "--")


def current_identity(state: Path, *, recorded_uid: int = 0) -> Identity:
    """Who the services of the stack in ``state`` run as on this machine. Raises WorldFailed where root cannot drop to it.

    ``recorded_uid``: the number chosen before, which owns the data; 0 at the first start.
    """
    setpriv = shutil.which("setpriv", path="/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin") or ""
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


def service_uid(state: Path, *, taken: frozenset[int]) -> int:
    """A stable number for the stack in ``state`` that no user or group of the machine has."""
    count = _LAST_UID - _FIRST_UID + 1
    start = int.from_bytes(hashlib.sha256(bytes(state)).digest()[:4], "big") % count
    for step in range(count):
        uid = _FIRST_UID + (start + step) % count
        if uid not in taken:
            return uid
    raise WorldFailed("cannot find a free user number for the services", hint="run watchkeeper as an ordinary user")


def _taken_ids() -> frozenset[int]:
    return frozenset({user.pw_uid for user in pwd.getpwall()} | {group.gr_gid for group in grp.getgrall()})


def _trouble_with(prefix: Sequence[str]) -> list[str]:
    done = subprocess.run([*prefix, "/bin/true"], capture_output=True, text=True, timeout=10, check=False)
    return (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]) if done.returncode else []
