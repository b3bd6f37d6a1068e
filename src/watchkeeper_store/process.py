"""The running process: put the rooms together, serve, maintain, stop in order."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import TYPE_CHECKING

import uvicorn

from watchkeeper_store.api.application import Application
from watchkeeper_store.api.measures import Measures
from watchkeeper_store.api.service import DEFAULT_TENANT, QUERY_THREADS, Service
from watchkeeper_store.backup import ADDRESS_FILE
from watchkeeper_store.deletes.purge import purge
from watchkeeper_store.deletes.requests import DeleteRequest, DeleteRequests
from watchkeeper_store.forward.remote_write import RemoteWrite
from watchkeeper_store.ingest.intake import Intake
from watchkeeper_store.journal import log
from watchkeeper_store.memory import give_back
from watchkeeper_store.model.limits import TenantLimits
from watchkeeper_store.query.engine import QueryEngine
from watchkeeper_store.query.scope import Scope
from watchkeeper_store.query.source import StoreSource
from watchkeeper_store.settings import RetentionRule, Settings
from watchkeeper_store.storage.compactor import Compactor
from watchkeeper_store.storage.damage import without_damaged
from watchkeeper_store.storage.duck import Duck
from watchkeeper_store.storage.durable import write_durably
from watchkeeper_store.storage.options import StoreOptions
from watchkeeper_store.storage.retention import KeepRule, Retention
from watchkeeper_store.storage.store import LogStore
from watchkeeper_store.traces.on_demand import TracesOnDemand
from watchkeeper_wire.loki_labels import LabelPairs

if TYPE_CHECKING:
    from watchkeeper_store.api.grpc_intake import GrpcIntake
    from watchkeeper_store.traces.store import TraceStore

TRACES_FOLDER = "traces"
_INTAKE_THREADS = max(1, min(4, (os.cpu_count() or 1) // 2))
"""Beside them, others move rows to files and serve; more threads than processors only wait for each other."""
_TURN_S = 0.0005
"""How long a thread may keep the interpreter while another waits: the usual 5 ms let requests arrive more slowly than they are
taken, since one of half a megabyte comes in many pieces and the loop that reads them waits before each."""
_GRACE_S = 3
_REMEMBERING_S = 60.0
_EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104  compared with, not listened on


def keep_rule(rule: RetentionRule) -> KeepRule:
    """A rule of the configuration as the storage uses it."""
    tests = [(matcher.name, matcher.predicate()) for matcher in rule.matchers]

    def matches(tenant: str, labels: LabelPairs) -> bool:
        named = dict(labels)
        return (rule.tenant is None or rule.tenant == tenant) and all(test(named.get(name, "")) for name, test in tests)

    return KeepRule(matches=matches, keep_s=rule.keep_s)


def open_store(settings: Settings, clock: Callable[[], float] = time.time) -> tuple[LogStore, Intake]:
    """A recovered, started store and its intake. Raises OSError, FolderInUse, ManifestUnreadable."""
    retention = Retention(
        default_s=settings.retention_s,
        max_bytes=settings.retention_max_bytes,
        tenant_max_bytes=settings.retention_tenant_max_bytes,
        rules=tuple(keep_rule(rule) for rule in settings.retention_rules),
    )
    threads = max(1, min(4, os.cpu_count() or 1))
    duck = Duck(settings.data_dir / "scratch", memory_limit_bytes=settings.memory_limit_bytes, threads=threads)
    options = StoreOptions(flush_age_s=settings.flush_age_s, retention=retention)
    store = LogStore(settings.data_dir, duck, options, clock=clock, log=log)
    intake = Intake(store, settings.limits, clock)
    began = time.monotonic()
    rows = store.recover(intake.rows_of)
    store.start()
    log("info", "opened the data folder", path=settings.data_dir, segments=len(store.segments), replayed_rows=rows,
        seconds=round(time.monotonic() - began, 3))  # fmt: skip
    return store, intake


class Routine(threading.Thread):
    """Work that is done every few seconds, at once when ``wake`` is set, and again at once while it says there is more."""

    def __init__(self, name: str, work: Callable[[], bool], every_s: float, wake: threading.Event) -> None:
        super().__init__(name=name, daemon=True)
        self._work = work
        self._every_s = every_s
        self._wake = wake
        self._ending = threading.Event()

    def end(self) -> None:
        """Stop before the next round and wait for the one under way, though not for ever: nothing is lost by leaving it."""
        self._ending.set()
        self._wake.set()
        self.join(_GRACE_S)

    def run(self) -> None:
        more = False
        while not self._ending.is_set():
            if not more:
                self._wake.wait(self._every_s)
                self._wake.clear()
            if self._ending.is_set():
                return
            try:
                more = self._work()
            except Exception as failure:  # noqa: BLE001  the next round may succeed; ending the thread would hide it for good
                more = False
                log("error", f"cannot {self.name}", error=repr(failure))


def open_trace_store(settings: Settings, clock: Callable[[], float] = time.time) -> TraceStore:
    """A recovered, started store of spans below the data folder. Raises OSError and ValueError."""
    from watchkeeper_store.traces.store import TraceOptions, TraceStore

    options = TraceOptions(
        keep_s=settings.traces_retention_s, max_bytes=settings.traces_max_bytes, flush_age_s=settings.flush_age_s
    )
    traces = TraceStore(settings.data_dir / TRACES_FOLDER, options, log, clock)
    requests = traces.recover()
    traces.start()
    log("info", "opened the store of spans", replayed_requests=requests, **traces.sizes())
    return traces


def _maintain(store: LogStore, traces: TracesOnDemand) -> bool:
    store.maintain()
    if traces.opened is not None:
        traces.opened.maintain()
    if store.duck.close_if_unneeded():
        gc.collect()
        give_back()
    return False


def remember(store: LogStore) -> bool:
    """Read the newest lines of files into memory for the tenants that had to wait for files. Raises OSError."""
    while store.recent.wanted:
        tenant = store.recent.wanted.pop()
        source = StoreSource(store, Scope(_REMEMBERING_S))
        without_damaged(store, (tenant,), partial(source.remember_recent, tenant))
    return False


def carry_out(store: LogStore, deletes: DeleteRequests, limits: TenantLimits) -> bool:
    """Take the rows of delete requests that can no longer be cancelled out of the files. Raises OSError."""

    def is_final(request: DeleteRequest) -> bool:
        return time.time() - request.created_ns / 1e9 >= limits.of(request.tenant).delete_request_cancel_period

    for request in deletes.due(is_final):
        rows = purge(store, request)
        deletes.mark_processed(request)
        log("info", "carried out a delete request", tenant=request.tenant, request=request.request_id, rows=rows)
    return False


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Service]:
    """The service over an open store; closed in order at the end."""
    store, intake = open_store(settings)
    deletes = DeleteRequests(settings.data_dir)
    store.hidden = deletes.hidden
    compactor = Compactor(store, log)
    traces = TracesOnDemand(lambda: open_trace_store(settings))
    if (settings.data_dir / TRACES_FOLDER).exists():
        traces.get()

    def compact() -> bool:
        merged = compactor.compact()
        if merged:
            give_back()
        return merged

    every_s = settings.maintain_every_s
    routines = [
        Routine("maintain", lambda: _maintain(store, traces), every_s, store.wake),
        Routine("remember the newest lines", lambda: remember(store), every_s, threading.Event()),
        Routine("compact", compact, every_s, threading.Event()),
        Routine("carry out deletes", lambda: carry_out(store, deletes, settings.limits), every_s, threading.Event()),
    ]
    for routine in routines:
        routine.start()
    with (
        ThreadPoolExecutor(_INTAKE_THREADS, "intake") as intake_threads,
        ThreadPoolExecutor(QUERY_THREADS, "query") as query_threads,
    ):
        service = Service(
            store=store,
            intake=intake,
            engine=QueryEngine(store, settings.limits),
            limits=settings.limits,
            measures=Measures(store),
            deletes=deletes,
            intake_threads=intake_threads,
            query_threads=query_threads,
            traces=traces,
            multi_tenant_queries=settings.multi_tenant_queries,
            ready=lambda: store.trouble or traces.trouble,
            remote_write=RemoteWrite(settings.remote_write_url, intake_threads) if settings.remote_write_url else None,
        )
        # there from the start, so that the first that is refused is seen as a rise
        service.measures.refused_points.labels(DEFAULT_TENANT)
        service.measures.forwarded.labels(DEFAULT_TENANT)
        try:
            yield service
        finally:
            service.stopping.set()
            if service.remote_write is not None:
                await service.remote_write.close()
    for routine in routines:
        routine.end()
    traces.close()
    store.close()


class Server(uvicorn.Server):
    """uvicorn's server, which also says when it listens, and tells open websockets when it stops."""

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event, listening: Callable[[int], None]) -> None:
        super().__init__(config)
        self._stopping = stopping
        self._listening = listening

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn's own raises the signal again at the end, which would end the process before the store is closed
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._listening(self.servers[0].sockets[0].getsockname()[1])
            log("info", "listening", address=f"{self.config.host}:{self.config.port}", pid=os.getpid())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping.set()
        await super().shutdown(sockets)


def _open_grpc(service: Service, settings: Settings) -> GrpcIntake | None:
    """The gRPC server, if one is wanted; its library is large. Raises OSError where the address cannot be used."""
    if not settings.otlp_grpc_address:
        return None
    from watchkeeper_store.api.grpc_intake import GrpcIntake

    try:
        intake = GrpcIntake(service, settings.otlp_grpc_address, asyncio.get_running_loop())
    except RuntimeError as failure:
        raise OSError(f"cannot listen on {settings.otlp_grpc_address}; another program may use the port") from failure
    log("info", "listening for OTLP over gRPC", address=settings.otlp_grpc_address, port=intake.port)
    return intake


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    sys.setswitchinterval(_TURN_S)
    async with running(settings) as service:
        config = uvicorn.Config(
            Application(service),
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="websockets-sansio",
            ws_ping_interval=1.0,
            ws_ping_timeout=20.0,
            timeout_graceful_shutdown=_GRACE_S,
            timeout_keep_alive=75,
            server_header=False,
            date_header=False,
        )
        address_file = settings.data_dir / ADDRESS_FILE

        def say_address(port: int) -> None:
            host = "127.0.0.1" if settings.host in _EVERY_ADDRESS else settings.host
            try:
                write_durably(address_file, (f"[{host}]:{port}\n" if ":" in host else f"{host}:{port}\n").encode())
            except OSError as failure:  # a full disk does not prevent queries
                log("warn", "cannot note the address, backups will not find this store", error=str(failure))

        grpc_intake = _open_grpc(service, settings)
        server = Server(config, service.stopping, say_address)
        gc.collect()
        gc.freeze()  # what the imports made stays: do not walk it again in every collection
        await server.serve()
        if grpc_intake is not None:
            await asyncio.get_running_loop().run_in_executor(None, grpc_intake.stop)
        address_file.unlink(missing_ok=True)
    if not server.started:
        raise OSError(f"cannot listen on {settings.host}:{settings.port}; another program may use the port")
    log("info", "stopped")
