"""Become another program that is killed when its parent ends; for machines without setpriv. Run by path: no imports of ours."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38


def main() -> None:
    """Both settings survive the exec, so the program itself needs to know nothing."""
    parent = os.getppid()
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0 or prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        sys.exit(f"cannot tie a service to its parent: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent:
        sys.exit("cannot start: the parent has ended")
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 - becoming the program is the purpose


if __name__ == "__main__":
    main()
