"""The rights a service starts with: what is asked of setpriv, and what a process then really has."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from watchkeeper.targets.native import tied_to_parent
from watchkeeper.targets.native.identity import Identity, service_uid
from watchkeeper.targets.native.privileges import current_identity
from watchkeeper.workload.workload import HostAccess

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to drop its rights")
DROPPING = Identity(uid=61500, gid=61500, drops=True, log_groups=(4, 101), setpriv="/usr/bin/setpriv")


def test_an_ordinary_user_stays_who_he_is() -> None:
    ordinary = Identity(uid=1000, gid=1000, drops=False, setpriv="/usr/bin/setpriv")
    assert ordinary.prefix(HostAccess(log_files=True, raw_sockets=True)) == (
        "/usr/bin/setpriv", "--pdeathsig", "KILL", "--no-new-privs", "--",
    )  # fmt: skip


def test_root_gives_a_service_no_group_and_no_capability() -> None:
    words = DROPPING.prefix(HostAccess())
    assert {"--clear-groups", "--inh-caps=-all", "--bounding-set=-all"} <= set(words)
    assert not any("net_raw" in word for word in words)


def test_only_who_reads_the_machines_logs_gets_the_groups_for_it() -> None:
    words = DROPPING.prefix(HostAccess(log_files=True))
    assert words[words.index("--groups") + 1] == "4,101"
    assert "--clear-groups" not in words


def test_without_setpriv_an_interpreter_ties_the_service_to_its_parent() -> None:
    fallback = Identity(uid=1000, gid=1000, drops=False, fallback=sys.executable)
    assert fallback.prefix(HostAccess()) == (sys.executable, "-I", "-S", str(Path(tied_to_parent.__file__)))


def test_that_interpreter_becomes_the_program_and_ends_with_its_parent() -> None:
    fallback = Identity(uid=1000, gid=1000, drops=False, fallback=sys.executable)
    command = [*fallback.prefix(HostAccess()), "/bin/sleep", "60"]
    script = f"import subprocess; print(subprocess.Popen({command!r}).pid, flush=True); input()"
    parent = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    _until(lambda: Path(f"/proc/{pid}/cmdline").read_bytes() == b"/bin/sleep\x0060\x00")

    parent.kill()
    parent.wait()

    _until(lambda: not _lives(pid))


@root_only
def test_root_finds_an_identity_that_works(tmp_path: Path) -> None:
    identity = current_identity(tmp_path)
    assert identity.drops
    assert identity.uid == service_uid(tmp_path, taken=frozenset())
    assert current_identity(tmp_path, recorded_uid=61999).uid == 61999


@root_only
def test_a_service_with_raw_sockets_can_open_one_and_nothing_else() -> None:
    script = "import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP); open('/etc/shadow')"
    said = subprocess.run(
        [*DROPPING.prefix(HostAccess(raw_sockets=True)), "/usr/bin/env", "python3", "-S", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin"},
    ).stderr
    assert "Permission denied: '/etc/shadow'" in said


def _lives(pid: int) -> bool:
    try:
        return b") Z " not in Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False


def _until(check: Callable[[], bool], within_s: float = 5.0) -> None:
    deadline = time.monotonic() + within_s
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.02)
