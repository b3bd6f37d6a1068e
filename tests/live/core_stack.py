"""A core stack for live tests: real programs, its own name, ports and state, driven through the command line."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WATCHKEEPER = Path(sys.executable).with_name("watchkeeper")
ABOUT_THE_EXAMPLE = {
    *("request_is_one_trace", "request_logs_carry_its_trace", "exemplar_leads_to_a_trace"),
    *("cached_report_is_faster", "lost_dependency_is_told"),
}
"""Claims that are left out where it is not part of the plan, as in the preset core."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreStack:
    """``folder`` holds the description, ``state`` everything else."""

    folder: Path
    state: Path
    base: int

    def describe(self, **sections: Any) -> None:
        """Write the description anew: name and ports as always, and these sections."""
        data = {"name": "live", "ports": {"base": self.base}, **sections}
        (self.folder / "watchkeeper.yaml").write_text(json.dumps(data))  # JSON is YAML

    def run(self, *arguments: str, timeout_s: float = 120, **environment: str) -> subprocess.CompletedProcess[str]:
        """``watchkeeper ARGUMENTS`` in the stack's folder, whatever its exit code."""
        return subprocess.run(
            [WATCHKEEPER, *arguments],
            cwd=self.folder,
            env={**os.environ, "WATCHKEEPER_STATE_DIR": str(self.state), **environment},
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    def json(self, *arguments: str, timeout_s: float = 120) -> Any:
        """The document that ``watchkeeper ARGUMENTS --json`` prints; it must succeed."""
        result = self.run(*arguments, "--json", timeout_s=timeout_s)
        assert result.returncode == 0, result.stdout + result.stderr
        return json.loads(result.stdout)

    def processes(self) -> dict[int, str]:
        """Living processes of this stack and of copies made of it: pid → workload (empty for the supervisor)."""
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                marks = dict(pair.split("=", 1) for pair in (entry / "environ").read_text().split("\0") if "=" in pair)
                if (entry / "stat").read_text().rpartition(")")[2].split()[0] == "Z":
                    continue
            except (OSError, UnicodeDecodeError):
                continue
            if marks.get("WATCHKEEPER_STACK", "").startswith(str(self.state)):
                found[int(entry.name)] = marks.get("WATCHKEEPER_WORKLOAD", "")
        return found

    def pids(self) -> Mapping[str, int]:
        """Workload → process id, as status tells."""
        return {
            component["name"]: component["pid"] for component in json.loads(self.run("status", "--json").stdout)["components"]
        }


@contextmanager
def core_stack() -> Iterator[CoreStack]:
    """A described stack that does not run yet; afterwards nothing of it is left."""
    # not below pytest's own folder: that one is 0700, and as root the services run as another user
    root = Path(tempfile.mkdtemp(prefix="watchkeeper-live-"))
    root.chmod(0o755)
    folder = root / "project"
    folder.mkdir()
    stack = CoreStack(folder=folder, state=root / "state", base=free_base())
    stack.describe()
    try:
        yield stack
    finally:
        stack.run("down", "--delete-data", "--yes")
        for pid in stack.processes():
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(root)


def free_base() -> int:
    """The first of fifty free ports in a row, looked for from a place of this process' own: tests run in two lanes.

    Below the range from which the kernel takes ports for outgoing connections, which would collide now and then.
    """
    bases = list(range(24_000, 32_000, 100))
    start = os.getpid() % len(bases)
    for base in (*bases[start:], *bases[:start]):
        if all(is_free(base + offset) for offset in range(50)):
            return base
    raise AssertionError("no fifty free ports in a row")


def is_free(port: int) -> bool:
    """Whether a server could listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
