"""POST /-/backup: a consistent copy of all that is stored, as a tar file; only for this machine, as it has every tenant."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncGenerator

from watchkeeper_store.api.http import HttpError, Request, Response
from watchkeeper_store.api.service import Service
from watchkeeper_store.journal import log

_PARTS_AHEAD = 4


class ReaderGone(Exception):
    """Nobody reads the backup any more."""


async def backup(service: Service, request: Request) -> Response:
    """A stream of tar; one that breaks off before the end of the archive is no backup, and clients see that it broke off."""
    if not _is_loopback(request.client):
        raise HttpError(403, "cannot back up for another machine; run the backup on the machine of the store")
    return Response(content_type="application/x-tar", parts=_parts(service))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _parts(service: Service) -> AsyncGenerator[bytes, None]:
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[bytes | None] = asyncio.Queue(_PARTS_AHEAD)
    gone = asyncio.Event()

    def take(part: bytes) -> None:
        if gone.is_set():
            raise ReaderGone
        asyncio.run_coroutine_threadsafe(queue.put(part), loop).result()

    def work() -> int:
        from watchkeeper_store.backup.archive import write_archive

        return write_archive(service.store, service.traces.opened, service.deletes.content(), take)

    async def written() -> int:
        try:
            return await asyncio.to_thread(work)
        finally:
            await queue.put(None)

    writing = asyncio.create_task(written())
    try:
        while (part := await queue.get()) is not None:
            yield part
        log("info", "backed up", rows=await writing)
    finally:
        gone.set()
        while not writing.done():  # let a writer that waits for room see that nobody reads
            while not queue.empty():
                queue.get_nowait()
            await asyncio.wait({writing}, timeout=0.05)
