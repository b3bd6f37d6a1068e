"""The notifier: reads what has happened, tells of what is new, and lets whoever waits for a check know that it is done."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.types import ASGIApp

from network_monitor.cache import Cache
from network_monitor.database import Database
from network_monitor.events import Reader
from network_monitor.messages import Outcome
from network_monitor.serving import CHECK_S, NOTIFIER, VERSION, in_background
from network_monitor.surroundings import Surroundings
from watchkeeper_instrument import Instrument, asgi, instrument


class Notifier:
    """Handles one event after the other."""

    def __init__(self, surroundings: Surroundings, watch: Instrument) -> None:
        self.watch = watch
        self._database = Database(surroundings, self.watch)
        self._cache = Cache(surroundings, self.watch)
        self._events = Reader(surroundings, self.watch)
        self._up: dict[str, bool] = {}
        self.watch.check("database", self._database.check, timeout_s=CHECK_S)
        self.watch.check("cache", self._cache.check, timeout_s=CHECK_S)
        self.watch.check("events", self._events.check, timeout_s=CHECK_S)

    @asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        await self._database.open()
        async with in_background(self.watch, self._work()):
            yield
        await self._events.close()
        await self._cache.close()
        await self._database.close()

    async def _work(self) -> None:
        await self._events.connect()
        await self._events.read(self._note)

    async def _note(self, outcome: Outcome) -> None:
        news = await self._database.noted(outcome)
        await self._cache.answer(outcome.check)
        self._up[outcome.device] = outcome.reachable
        self.watch.business("devices_up_ratio", sum(self._up.values()) / len(self._up))
        log = self.watch.log(check=str(outcome.check), device=outcome.device, reachable=outcome.reachable)
        if news and not outcome.reachable:
            log.warning("a device cannot be reached any more")
        else:
            log.info("a device can be reached now" if news else "nothing new")


def make_app(surroundings: Surroundings, watch: Instrument | None = None) -> ASGIApp:
    """The service as an ASGI application."""
    notifier = Notifier(surroundings, watch or instrument(service=NOTIFIER, version=VERSION))
    return asgi(Starlette(lifespan=notifier.lifespan), notifier.watch)
