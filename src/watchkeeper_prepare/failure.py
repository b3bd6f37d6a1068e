"""How preparing goes wrong: one sentence, and the last lines of whatever program failed."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

_LINES = 15


class CannotPrepare(Exception):
    """The message starts with "cannot"; ``evidence`` holds no secret, since no program here is given one to print."""

    def __init__(self, message: str, evidence: Sequence[str] = ()) -> None:
        self.evidence = tuple(evidence)
        super().__init__(message)


def run(
    words: Sequence[str | Path], *, what: str, environment: Mapping[str, str], timeout_s: float, script: str | None = None
) -> str:
    """Run a program to its end and give what it printed. ``what`` completes "cannot …". Raises CannotPrepare."""
    try:
        done = subprocess.run(
            [str(word) for word in words],
            env=dict(environment),
            input=script,
            stdin=subprocess.DEVNULL if script is None else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired as expired:
        raise CannotPrepare(f"cannot {what}: {words[0]} did not end within {timeout_s:g} s") from expired
    except OSError as error:
        raise CannotPrepare(f"cannot {what}: {words[0]}: {error.strerror}") from error
    if done.returncode:
        raise CannotPrepare(f"cannot {what}: {words[0]} ended with {done.returncode}", done.stdout.splitlines()[-_LINES:])
    return done.stdout
