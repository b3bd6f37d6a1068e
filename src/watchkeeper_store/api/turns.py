"""Whose query runs next: tenants take turns, so that one with many slow queries does not keep the others waiting."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class TooManyWaiting(Exception):
    """The tenant has as many queries waiting as it may have."""


class Turns:
    """At most ``together`` queries run at a time, at most ``of_one`` of one tenant. For use in one event loop."""

    def __init__(self, together: int, of_one: int) -> None:
        self._together = together
        self._of_one = of_one
        self._running: Counter[str] = Counter()
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    @asynccontextmanager
    async def turn(self, tenant: str, most_waiting: int) -> AsyncIterator[None]:
        """Run inside it when it is this query's turn. Raises TooManyWaiting at once; ``most_waiting`` 0 is without limit."""
        if tenant in self._waiting or not self._has_room(tenant):
            await self._wait(tenant, most_waiting)
        else:
            self._running[tenant] += 1
        try:
            yield
        finally:
            self._leave(tenant)

    def _has_room(self, tenant: str) -> bool:
        return self._running.total() < self._together and self._running[tenant] < self._of_one

    async def _wait(self, tenant: str, most_waiting: int) -> None:
        queue = self._waiting.setdefault(tenant, deque())
        if most_waiting and len(queue) >= most_waiting:
            raise TooManyWaiting(tenant)
        called = asyncio.get_running_loop().create_future()
        queue.append(called)
        try:
            await called
        except asyncio.CancelledError:
            if called.done() and not called.cancelled():
                self._leave(tenant)  # it was called in the same moment: the turn goes to the next
            else:
                self._forget(tenant, called)
            raise

    def _forget(self, tenant: str, called: asyncio.Future[None]) -> None:
        queue = self._waiting.get(tenant)
        if queue is None or called not in queue:
            return  # its turn came after its task was cancelled and before its task knew
        queue.remove(called)
        if not queue:
            del self._waiting[tenant]

    def _leave(self, tenant: str) -> None:
        self._running[tenant] -= 1
        if not self._running[tenant]:
            del self._running[tenant]
        self._call()

    def _call(self) -> None:
        """Give free places to those who wait; the tenant who got the last one is the last to get another."""
        while (tenant := next((one for one in self._waiting if self._has_room(one)), None)) is not None:
            called = self._waiting[tenant].popleft()
            if self._waiting[tenant]:
                self._waiting.move_to_end(tenant)
            else:
                del self._waiting[tenant]
            if called.cancelled():
                continue
            self._running[tenant] += 1
            called.set_result(None)
