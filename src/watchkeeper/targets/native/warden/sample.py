"""What the processes use, read from /proc: a workload's own process and everything below it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from watchkeeper.targets.native.memory import Resident, together_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Sums over a workload's process and its descendants. ``memory_bytes`` is resident, what they share counted once;
    ``anonymous_bytes`` is the part that is their own. ``cpu_cores`` is the mean since the look before.
    ``frozen``: its main process is stopped by a signal.
    """

    sampled_at_s: float
    started_at_s: float = 0.0
    user_s: float = 0.0
    system_s: float = 0.0
    cpu_cores: float = 0.0
    memory_bytes: int = 0
    anonymous_bytes: int = 0
    open_files: int = 0
    open_files_limit: int = 0
    sockets: int = 0
    processes: int = 0
    threads: int = 0
    read_bytes: int = 0
    written_bytes: int = 0
    reads: int = 0
    writes: int = 0
    frozen: bool = False


def sample(pids: Mapping[str, int], before: Mapping[str, tuple[int, Usage]]) -> dict[str, Usage]:
    """Usage by workload; a process that is gone or not ours to see is missing. ``before``: the last look, with its pid."""
    children = _children()
    usages = {}
    for name, pid in pids.items():
        old_pid, old = before.get(name, (0, None))
        try:
            usages[name] = _usage(pid, _below(pid, children), old if old_pid == pid else None)
        except psutil.Error:
            continue
    return usages


def resident_bytes(pid: int) -> int:
    """Of one process without its children; 0 when it is gone."""
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def folder_bytes(folder: str) -> int:
    """Disk space of everything below, as allocated; 0 where there is nothing."""
    total = 0
    for place, _, files in os.walk(folder):
        for file in files:
            try:
                total += os.lstat(f"{place}/{file}").st_blocks * 512
            except OSError:  # removed meanwhile
                continue
    return total


def log_bytes(log_file: str) -> int:
    """Of a log and its rotated predecessors."""
    path = Path(log_file)
    return sum(file.stat().st_size for file in path.parent.glob(f"{path.name}*") if file.is_file())


def _usage(pid: int, below: Iterable[int], before: Usage | None) -> Usage:
    main = psutil.Process(pid)
    now_s = time.time()
    with main.oneshot():
        started_at_s = main.create_time()
        is_frozen = main.status() == psutil.STATUS_STOPPED
    parts = [part for member in (pid, *below) if (part := _part(member)) is not None]
    user_s, system_s = sum(part[0] for part in parts), sum(part[1] for part in parts)
    since_s = before.sampled_at_s if before else started_at_s
    used_s = user_s + system_s - (before.user_s + before.system_s if before else 0.0)
    files = [_files(member) for member in (pid, *below)]
    io = [_io(member) for member in (pid, *below)]
    return Usage(
        sampled_at_s=now_s,
        started_at_s=started_at_s,
        user_s=user_s,
        system_s=system_s,
        cpu_cores=max(0.0, used_s / (now_s - since_s)) if now_s - since_s > 0.01 else 0.0,
        memory_bytes=together_bytes(part[2] for part in parts),
        anonymous_bytes=sum(part[2].own_bytes for part in parts),
        open_files=sum(count for count, _ in files),
        open_files_limit=_open_files_limit(pid),
        sockets=sum(sockets for _, sockets in files),
        processes=len(parts),
        threads=int(sum(part[3] for part in parts)),
        reads=sum(counts[0] for counts in io),
        writes=sum(counts[1] for counts in io),
        read_bytes=sum(counts[2] for counts in io),
        written_bytes=sum(counts[3] for counts in io),
        frozen=is_frozen,
    )


def _part(pid: int) -> tuple[float, float, Resident, int] | None:
    """(user seconds, system seconds, memory, threads) of one process; None when it is gone."""
    try:
        process = psutil.Process(pid)
        with process.oneshot():
            times, memory = process.cpu_times(), process.memory_info()
            resident = Resident(all_bytes=memory.rss, shared_bytes=memory.shared)
            return times.user, times.system, resident, process.num_threads()
    except psutil.Error:
        return None


def _files(pid: int) -> tuple[int, int]:
    """(open files, of them sockets)."""
    try:
        entries = list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return 0, 0
    return len(entries), sum(_is_socket(entry) for entry in entries)


def _is_socket(descriptor: Path) -> bool:
    try:
        return str(descriptor.readlink()).startswith("socket:")
    except OSError:  # closed meanwhile, as the one through which we list our own
        return False


def _open_files_limit(pid: int) -> int:
    try:
        return int(psutil.Process(pid).rlimit(psutil.RLIMIT_NOFILE)[0])
    except psutil.Error:
        return 0


def _io(pid: int) -> tuple[int, int, int, int]:
    """(reads, writes, bytes read, bytes written); zeros where the kernel does not let us see."""
    try:
        counters = psutil.Process(pid).io_counters()
    except psutil.Error:
        return 0, 0, 0, 0
    return counters.read_count, counters.write_count, counters.read_bytes, counters.write_bytes


def _children() -> dict[int, list[int]]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_bytes().rpartition(b")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(entry.name))
    return children


def _below(pid: int, children: Mapping[int, list[int]]) -> list[int]:
    found: list[int] = []
    waiting = [pid]
    while waiting:
        own = children.get(waiting.pop(), [])
        found += own
        waiting += own
    return found
