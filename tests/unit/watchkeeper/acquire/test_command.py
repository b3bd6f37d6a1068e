"""Programs that run to their end, and those that do not."""

import asyncio
import os
from pathlib import Path

import pytest

from watchkeeper.acquire.command import run
from watchkeeper.acquire.model import SourceFailed


async def test_both_outputs_and_the_code_are_given() -> None:
    finished = await run(["/bin/sh", "-c", "echo out; echo err >&2; exit 3"], timeout_s=5)
    assert (finished.code, sorted(finished.lines)) == (3, ["err", "out"])


async def test_lines_are_told_as_they_come() -> None:
    seen: list[str] = []
    await run(["/bin/sh", "-c", "echo one; echo two"], timeout_s=5, on_line=seen.append)
    assert seen == ["one", "two"]


async def test_children_end_with_a_program_that_takes_too_long(tmp_path: Path) -> None:
    child = tmp_path / "child"
    with pytest.raises(SourceFailed, match=r"/bin/sh did not end within 0.3 s"):
        await run(["/bin/sh", "-c", f"sleep 60 & echo $! > {child}; wait"], timeout_s=0.3)
    assert await is_gone(int(child.read_text(encoding="utf-8")))


async def test_a_cancelled_run_leaves_nothing(tmp_path: Path) -> None:
    child = tmp_path / "child"
    task = asyncio.create_task(run(["/bin/sh", "-c", f"echo $$ > {child}; echo ready; exec sleep 60"], timeout_s=60))
    while not child.exists() or not child.read_text(encoding="utf-8"):
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await is_gone(int(child.read_text(encoding="utf-8")))


async def is_gone(pid: int) -> bool:
    """Within two seconds; a dead process that nobody has waited for yet (state Z) counts as gone."""
    for _ in range(200):
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        await asyncio.sleep(0.01)
    return False


async def test_an_endless_line_is_refused() -> None:
    with pytest.raises(SourceFailed, match="printed a line of more than"):
        await run(["/bin/sh", "-c", "head -c 3000000 /dev/zero; sleep 60"], timeout_s=5)


async def test_what_cannot_be_run_is_told() -> None:
    with pytest.raises(SourceFailed, match="cannot run /absent: No such file"):
        await run(["/absent"], timeout_s=1)
