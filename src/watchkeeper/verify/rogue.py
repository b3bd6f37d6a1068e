"""Things that do not belong in a platform, made for counter-tests: an open door, a listener for everybody, a hungry
process, receivers that refuse."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from watchkeeper.observe.wait import until
from watchkeeper.verify.stage import Grounds, Stage

_ANSWER = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n{body}"

_PORT = 23_999
_LISTEN = (
    "import socket,sys,time; s=socket.create_server(('0.0.0.0',int(sys.argv[1]))); print('open',flush=True); time.sleep(300)"
)
_EAT = (
    "import sys,time; b=bytearray(int(sys.argv[1])); b[::4096]=b'x'*len(b[::4096]); print('full',flush=True); time.sleep(300)"
)


@asynccontextmanager
async def open_door(host: str, port: int, body: str = "{}") -> AsyncIterator[None]:
    """A server that answers 200 to whatever is asked."""
    told = _ANSWER.format(size=len(body.encode()), body=body).encode()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(told)
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
async def public_listener(grounds: Grounds) -> AsyncIterator[None]:
    """A part of the stack that listens on every address."""
    with grounds.intruder(_LISTEN, str(_PORT), port=_PORT):
        yield


@asynccontextmanager
async def hungry_process(grounds: Grounds, size_bytes: int) -> AsyncIterator[None]:
    """A part of the stack that uses that much memory."""
    with grounds.intruder(_EAT, str(size_bytes)):
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
