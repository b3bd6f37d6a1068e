"""Memory of several processes together: what they share counts once."""

from __future__ import annotations

import os
import subprocess
import sys

from watchkeeper.targets.native.memory import Resident, resident, together_bytes, tree

MIB = 2**20
_SHARING = """
import mmap, os, sys
shared = mmap.mmap(-1, 64 * 2**20)
shared.write(b"x" * len(shared))
done, tell = os.pipe()
for _ in range(3):
    if os.fork() == 0:
        for at in range(0, len(shared), 4096):
            shared[at]  # touched, and not copied: a copy would be a process's own
        os.write(tell, b".")
        sys.stdin.read()
        os._exit(0)
for _ in range(3):
    os.read(done, 1)
print("shared", flush=True)
sys.stdin.read()
"""


def test_the_largest_shared_part_counts_once() -> None:
    members = [
        Resident(all_bytes=50, shared_bytes=40),
        Resident(all_bytes=47, shared_bytes=45),
        Resident(all_bytes=3, shared_bytes=0),
    ]
    assert together_bytes(members) == 10 + 2 + 3 + 45


def test_nothing_takes_nothing() -> None:
    assert together_bytes([]) == 0


def test_more_shared_than_there_is_counts_as_nothing_of_its_own() -> None:
    assert Resident(all_bytes=10, shared_bytes=12).own_bytes == 0


def test_real_processes_that_share_64_mib_take_them_once() -> None:
    with subprocess.Popen([sys.executable, "-c", _SHARING], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"shared\n"
        members = [memory for pid in tree(process.pid) if (memory := resident(pid)) is not None]
        process.stdin.close()
    assert len(members) == 4
    assert all(member.shared_bytes > 64 * MIB for member in members)
    assert 64 * MIB < together_bytes(members) < 128 * MIB


def test_a_process_that_is_gone_has_neither_memory_nor_children() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert resident(ended.pid) is None
    assert tree(ended.pid) == frozenset()
    assert os.getpid() in tree(os.getpid())
