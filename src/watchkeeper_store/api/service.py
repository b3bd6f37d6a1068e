"""What the handlers share: the store, the engine, the limits, threads, and who is asking."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from watchkeeper_store.api.http import HttpError, Request
from watchkeeper_store.api.measures import Measures
from watchkeeper_store.api.turns import TooManyWaiting, Turns
from watchkeeper_store.deletes.requests import DeleteRequests
from watchkeeper_store.ingest.intake import Intake
from watchkeeper_store.logql.errors import ParseError, QueryError
from watchkeeper_store.logql.parser.expression import parse
from watchkeeper_store.logql.tree import Expression, LogQuery
from watchkeeper_store.model.limits import TenantLimits
from watchkeeper_store.query.catalogue import Selector
from watchkeeper_store.query.engine import QueryEngine
from watchkeeper_store.query.scope import NotInMemory, QueryCancelled, QueryTimedOut, QueryTooHungry, Scope
from watchkeeper_store.query.tenants import tenants_in
from watchkeeper_store.storage.damage import without_damaged
from watchkeeper_store.storage.store import LogStore
from watchkeeper_store.traces.on_demand import TracesOnDemand

if TYPE_CHECKING:
    from watchkeeper_store.forward.remote_write import RemoteWrite

DEFAULT_TENANT = "fake"
QUERY_THREADS = 4
_TENANT = re.compile(r"[A-Za-z0-9!\-_.*'()]{1,150}")
_LITTLE = 10_000
"""Streams times segments: about a millisecond."""
_MOST_PARSED, _LONG_QUERY = 128, 2000
"""Parsed queries that are kept, and the characters of one that is too long to be."""
_T = TypeVar("_T")


@dataclass(slots=True, kw_only=True)
class Service:
    """One running store and everything a handler may use."""

    store: LogStore
    intake: Intake
    engine: QueryEngine
    limits: TenantLimits
    measures: Measures
    deletes: DeleteRequests
    intake_threads: ThreadPoolExecutor
    query_threads: ThreadPoolExecutor
    traces: TracesOnDemand
    multi_tenant_queries: bool
    """Whether one query may ask several tenants."""
    ready: Callable[[], str | None]
    """None when requests can be served, else the reason why not."""
    remote_write: RemoteWrite | None = None
    """Where metrics go, if anywhere."""
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    turns: Turns = field(default_factory=lambda: Turns(QUERY_THREADS, QUERY_THREADS - 1))
    tails: Counter[str] = field(default_factory=Counter)
    alone: threading.Lock = field(default_factory=threading.Lock)
    """Held by the query that has a database of its own."""

    def now_ns(self) -> int:
        return time.time_ns()

    async def query(
        self, tenant: str, run: Callable[[Scope], _T], timeout_s: float | None = None, *, at_hand: bool = False
    ) -> _T:
        """Run blocking work for a query in a thread; it is interrupted when the caller is cancelled or time is up.

        What may be ``at_hand`` is looked for in memory first, without a thread, which may take as long as the answer.
        """
        limits = self.limits.of(tenant)
        scope = Scope(timeout_s or limits.query_timeout or 3600.0, limits.max_query_memory)
        try:
            if at_hand:
                with suppress(NotInMemory):
                    return run(Scope(scope.timeout_s, scope.most_bytes, memory_only=True))
            async with self.turns.turn(tenants_in(tenant)[0], limits.max_outstanding_per_tenant):
                return await asyncio.get_running_loop().run_in_executor(self.query_threads, self._answered, tenant, run, scope)
        except asyncio.CancelledError:
            scope.cancel()
            raise
        except TooManyWaiting as failure:
            raise HttpError(429, "too many outstanding requests") from failure
        except QueryTimedOut as failure:
            raise HttpError(504, str(failure)) from failure
        except QueryCancelled as failure:
            raise HttpError(499, str(failure)) from failure
        except QueryError as failure:
            raise HttpError(400, str(failure)) from failure
        except MemoryError as failure:
            raise HttpError(400, str(QueryTooHungry(scope.most_bytes))) from failure

    async def look_up(self, tenant: str, run: Callable[[], _T]) -> _T:
        """As `query`, for what is known of streams without reading a line: at once where that is little, because to hand it to
        a thread takes longer than to do it."""
        if sum(len(self.store.registry(one)) for one in tenants_in(tenant)) * (1 + len(self.store.segments)) <= _LITTLE:
            return run()
        return await self.query(tenant, lambda _: run())

    def _answered(self, tenant: str, run: Callable[[Scope], _T], scope: Scope) -> _T:
        """What ``run`` finds. One that finds no room in the database that all share, perhaps because of another query, runs
        again with one of its own; there is one such at a time. Raises QueryTooHungry where that is not enough either.
        """

        def once() -> _T:
            scope.begin_again()
            return run(scope)

        try:
            return without_damaged(self.store, tenants_in(tenant), once)
        except Exception as failure:
            if not _found_no_room(failure):
                raise
        with self._being_alone(scope):
            own = scope.own_duck = self.store.duck.another(scope.most_bytes)
            try:
                return without_damaged(self.store, tenants_in(tenant), once)
            except Exception as failure:
                if not _found_no_room(failure):
                    raise
                raise QueryTooHungry(own.memory_limit_bytes) from failure
            finally:
                own.close()

    @contextmanager
    def _being_alone(self, scope: Scope) -> Iterator[None]:
        """Raises QueryCancelled or QueryTimedOut where that happens before it is this query's turn."""
        while not self.alone.acquire(timeout=0.1):
            scope.check()
        try:
            yield
        finally:
            self.alone.release()


def _found_no_room(failure: Exception) -> bool:
    """Whether DuckDB ran out of memory. It is not imported before it is needed, so neither is its exception."""
    return type(failure).__name__ == "OutOfMemoryException"


def tenant_of(request: Request) -> str:
    """The tenant that ``X-Scope-OrgID`` names; without the header there is one tenant, named as Loki names it."""
    tenant = request.headers.get("x-scope-orgid", "")
    if "|" in tenant:
        raise HttpError(400, "multiple org IDs present")
    return _checked(tenant) if tenant else DEFAULT_TENANT


def tenants_of(service: Service, request: Request) -> str:
    """Whom a query asks: as `tenant_of`, or several, each once and in order, as ``a|b``, where queries may do that."""
    header = request.headers.get("x-scope-orgid", "")
    if "|" not in header or not service.multi_tenant_queries:
        return tenant_of(request)
    return "|".join(sorted({_checked(tenant) for tenant in header.split("|")}))


def _checked(tenant: str) -> str:
    if not _TENANT.fullmatch(tenant) or tenant in (".", ".."):
        raise HttpError(400, _fault_of(tenant))
    return tenant


def _fault_of(tenant: str) -> str:
    if not tenant:
        return "tenant ID is empty"
    if tenant in (".", ".."):
        return "tenant ID is '.' or '..'"
    awkward = next((mark for mark in tenant if not _TENANT.fullmatch(mark)), None)
    if awkward is None:
        return "tenant ID is too long: max 150 characters"
    return f"tenant ID '{tenant}' contains unsupported character '{awkward}'"


_parsed = lru_cache(maxsize=_MOST_PARSED)(parse)
"""A dashboard asks the same again and again, and reading a short query takes as long as answering it from memory."""


def expression_of(text: str) -> Expression:
    """A parsed query. Raises HttpError 400 with the parser's text."""
    try:
        return _parsed(text) if len(text) <= _LONG_QUERY else parse(text)
    except ParseError as failure:
        raise HttpError(400, str(failure)) from failure


def selector_of(text: str) -> Selector:
    """The matchers of a bare selector; ``{}`` and the empty text select everything."""
    if not text.strip() or text.replace(" ", "") == "{}":
        return ()
    expression = expression_of(text)
    if not isinstance(expression, LogQuery) or expression.stages:
        raise HttpError(400, "only label matchers are supported")
    return expression.matchers
