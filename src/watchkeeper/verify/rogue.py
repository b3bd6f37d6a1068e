"""Things that do not belong in a platform, made for counter-tests: an open door, a listener for everybody, a hungry
process, receivers that refuse."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from watchkeeper.observe.wait import until
from watchkeeper.verify.stage import Stage

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"

_LISTEN = "import socket,time; s=socket.create_server(('0.0.0.0',0)); print(s.getsockname()[1],flush=True); time.sleep(300)"
_EAT = (
    "import sys,time; b=bytearray(int(sys.argv[1])); b[::4096]=b'x'*len(b[::4096]); print('full',flush=True); time.sleep(300)"
)


@asynccontextmanager
async def open_door(host: str, port: int) -> AsyncIterator[None]:
    """A server that answers 200 to whatever is asked."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(_ANSWER)
        await writer.drain()
        writer.close()

    async def bound() -> asyncio.Server | None:
        try:
            return await asyncio.start_server(answer, host, port)
        except OSError:  # whoever had the port is still on its way out
            return None

    server = (await until(bound, lambda found: found is not None, within_s=10)).value
    if server is None:
        raise OSError(f"cannot take port {port}")
    async with server:
        yield


@asynccontextmanager
async def public_listener(environment: Mapping[str, str]) -> AsyncIterator[None]:
    """A process, marked as the stack's by its environment, that listens on every address."""
    async with _process(_LISTEN, environment):
        yield


@asynccontextmanager
async def hungry_process(environment: Mapping[str, str], size_bytes: int) -> AsyncIterator[None]:
    """A process, marked as the stack's by its environment, that uses that much memory."""
    async with _process(_EAT, environment, str(size_bytes)):
        yield


@asynccontextmanager
async def receivers_refuse(stage: Stage) -> AsyncIterator[Stage]:
    """The rehearsal's receivers answer everything with a refusal."""
    if stage.rehearsal is None:
        yield stage
        return
    stage.rehearsal.arrivals.refuse_everything(True)
    try:
        yield stage
    finally:
        stage.rehearsal.arrivals.refuse_everything(False)


@asynccontextmanager
async def _process(program: str, environment: Mapping[str, str], *arguments: str) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-c", program, *arguments, env={**os.environ, **environment}, stdout=asyncio.subprocess.PIPE
    )
    try:
        if process.stdout is None or not await process.stdout.readline():
            raise OSError("cannot start a process to break the platform with")
        yield
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
