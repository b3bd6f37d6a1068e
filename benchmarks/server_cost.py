"""What a server process costs while it is measured: processor seconds and memory, from /proc."""

from __future__ import annotations

import os
from pathlib import Path

MIB = 2**20


class ServerCost:
    """One process; the store starts no others."""

    def __init__(self, pid: int) -> None:
        self._folder = Path("/proc") / str(pid)

    def cpu_s(self) -> float:
        fields = (self._folder / "stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mib(self) -> float:
        return self._status("VmRSS")

    def peak_mib(self) -> float:
        """The most since `forget_peak`."""
        return self._status("VmHWM")

    def forget_peak(self) -> None:
        (self._folder / "clear_refs").write_text("5")

    def _status(self, name: str) -> float:
        lines = (self._folder / "status").read_text().splitlines()
        (found,) = [line for line in lines if line.startswith(f"{name}:")]
        return int(found.split()[1]) / 1024
