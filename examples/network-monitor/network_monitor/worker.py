"""The worker: takes jobs, checks devices, writes outcomes down and tells of them; patrols, so that something always happens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.types import ASGIApp

from network_monitor.cache import Cache
from network_monitor.database import Database
from network_monitor.events import Sender
from network_monitor.jobs import Jobs
from network_monitor.messages import Job, Outcome
from network_monitor.patrol import Patrol
from network_monitor.reach import latency_ms
from network_monitor.serving import CHECK_S, VERSION, WORKER, in_background
from network_monitor.surroundings import Surroundings
from watchkeeper_instrument import Instrument, asgi, instrument


class Worker:
    """Does one job after the other, several at a time."""

    def __init__(self, surroundings: Surroundings, watch: Instrument) -> None:
        self.watch = watch
        self._database = Database(surroundings, self.watch)
        self._cache = Cache(surroundings, self.watch)
        self._jobs = Jobs(surroundings, self.watch)
        self._events = Sender(surroundings, self.watch)
        self._patrol = Patrol(surroundings, self.watch) if surroundings.patrol_url and surroundings.patrol_s else None
        self.watch.check("database", self._database.check, timeout_s=CHECK_S)
        self.watch.check("jobs", self._jobs.check, timeout_s=CHECK_S)
        self.watch.check("events", self._events.check, timeout_s=CHECK_S)
        # without it nobody hears at once that a check is done, but all of them are done
        self.watch.check("cache", self._cache.check, critical=False, timeout_s=CHECK_S)

    @asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        await self._database.open()
        work = [self._work(), *([self._patrol.run(self._database.forget_old)] if self._patrol else [])]
        async with in_background(self.watch, *work):
            yield
        await self._jobs.close()
        await self._events.close()
        await self._cache.close()
        await self._database.close()

    async def _work(self) -> None:
        await self._events.connect()
        await self._jobs.connect()
        await self._jobs.work(self._do)

    async def _do(self, job: Job) -> None:
        attributes: dict[str, str | float | bool] = {"server.address": job.address.host, "server.port": job.address.port}
        with self.watch.span(f"connect {job.device}", **attributes):
            took_ms = await latency_ms(job.address)
        outcome = Outcome(check=job.check, device=job.device, reachable=took_ms is not None, latency_ms=took_ms)
        await self._database.done(outcome)
        await self._events.send(outcome)
        self.watch.log(check=str(job.check), device=job.device, reachable=outcome.reachable, latency_ms=took_ms).info("checked")


def make_app(surroundings: Surroundings, watch: Instrument | None = None) -> ASGIApp:
    """The service as an ASGI application."""
    worker = Worker(surroundings, watch or instrument(service=WORKER, version=VERSION))
    return asgi(Starlette(lifespan=worker.lifespan), worker.watch)
