"""Runs a program to its end within a bounded time and gives what it printed. Nothing that stays running starts here."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from watchkeeper.acquire.model import ServiceUser, SourceFailed

_LINES_KEPT = 400
_LONGEST_LINE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How it ended. ``lines``: standard output and error together, the last 400."""

    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The lines in one piece."""
        return "\n".join(self.lines)


async def run(
    arguments: Sequence[str | Path],
    *,
    timeout_s: float,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    user: ServiceUser | None = None,
    on_line: Callable[[str], None] | None = None,
) -> Finished:
    """Run ``arguments`` and wait. ``environment`` replaces ours; ``user`` is only taken on when we are root.

    Raises SourceFailed when it cannot be started or takes longer than ``timeout_s``; then it and its children are killed.
    """
    drop = user if user and os.geteuid() == 0 else None
    try:
        process = await asyncio.create_subprocess_exec(
            *(str(argument) for argument in arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=environment,
            cwd=folder,
            process_group=0,
            user=drop.uid if drop else None,
            group=drop.gid if drop else None,
            extra_groups=drop.groups if drop else None,
            limit=_LONGEST_LINE_BYTES,
        )
    except OSError as error:
        raise SourceFailed(f"cannot run {arguments[0]}: {error.strerror}") from error
    lines: list[str] = []
    try:
        async with asyncio.timeout(timeout_s):
            assert process.stdout is not None  # noqa: S101 - PIPE was asked for; this is for the type checker
            async for raw in process.stdout:
                line = raw.decode(errors="replace").rstrip()
                lines.append(line)
                del lines[:-_LINES_KEPT]
                if on_line:
                    on_line(line)
            code = await process.wait()
    except TimeoutError as error:
        raise SourceFailed(f"{arguments[0]} did not end within {timeout_s:g} s") from error
    except ValueError as error:
        raise SourceFailed(f"{arguments[0]} printed a line of more than {_LONGEST_LINE_BYTES} bytes") from error
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    return Finished(code=code, lines=tuple(lines))
