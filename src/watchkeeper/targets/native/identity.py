"""Under which user the services run, and the command prefix that makes it so. Pure; ``privileges.py`` looks at the machine."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from watchkeeper.workload.failure import WorldFailed
from watchkeeper.workload.workload import HostAccess

_FIRST_UID, _LAST_UID = 61184, 65519  # the range that service managers use for users without a passwd entry


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


def service_uid(state: Path, *, taken: frozenset[int]) -> int:
    """A stable number for the stack in ``state`` that no user or group of the machine has."""
    count = _LAST_UID - _FIRST_UID + 1
    start = int.from_bytes(hashlib.sha256(bytes(state)).digest()[:4], "big") % count
    for step in range(count):
        uid = _FIRST_UID + (start + step) % count
        if uid not in taken:
            return uid
    raise WorldFailed("cannot find a free user number for the services", hint="run watchkeeper as an ordinary user")
