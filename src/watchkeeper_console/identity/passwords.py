"""Hashing and checking passwords with argon2id, one at a time so that the peak of memory stays at one hash's."""

from __future__ import annotations

import asyncio
import ctypes
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeAlias

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LONGEST_PASSWORD_BYTES = 1024
_WAITING_AT_MOST = 16
_M_MMAP_THRESHOLD = -3

Judge: TypeAlias = Callable[[str, str], Awaitable[bool]]
"""(hash, password) → whether they belong together."""


class TooBusy(Exception):
    """More sign-ins wait than can be judged in a bearable time."""


class Passwords:
    """argon2id with OWASP's 19 MiB profile (2 passes, 1 lane): about 25 ms each."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._lane = asyncio.Lock()
        self._waiting = 0
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="argon2")
        _give_large_blocks_back()
        self.stand_in = self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """The hash to keep, with its parameters and salt in it."""
        return self._hasher.hash(password)

    def matches(self, password_hash: str, password: str) -> bool:
        """Whether ``password`` is the one that was hashed."""
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Judge]:
        """Wait until no other password is being judged, then judge in a thread. Raises TooBusy.

        Whatever must be looked at before and noted after a judgement belongs inside: no other one runs between.
        """
        if self._waiting >= _WAITING_AT_MOST:
            raise TooBusy
        self._waiting += 1
        try:
            async with self._lane:
                yield self._judge
        finally:
            self._waiting -= 1

    async def hash_in_turn(self, password: str) -> str:
        """The hash, made in the thread. Raises TooBusy."""
        async with self.turn():
            return await asyncio.get_running_loop().run_in_executor(self._thread, self.hash, password)

    async def _judge(self, password_hash: str, password: str) -> bool:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.matches, password_hash, password)

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)


def _give_large_blocks_back() -> None:
    """Keep glibc from holding on to the 19 MiB of a hash: a fixed threshold switches its growing one off."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, 1 << 20)
