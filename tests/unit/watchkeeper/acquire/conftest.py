"""Machines and servers for the tests of acquiring."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from tests.unit.watchkeeper.acquire.release_server import ReleaseServer

from watchkeeper.acquire.model import Machine


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user can enter, unlike pytest's own; as on a real machine, nobody else may write there."""
    made = Path(tempfile.mkdtemp(prefix="watchkeeper-test-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def machine(folder: Path) -> Machine:
    """A machine with an empty ``bin`` as its whole PATH, so without apt too."""
    (folder / "bin").mkdir()
    return Machine(search_path=str(folder / "bin"), platform="linux-amd64", apt_folder=folder / "etc/apt")


@pytest.fixture
async def server() -> AsyncIterator[ReleaseServer]:
    """A release server on a free port."""
    made = ReleaseServer()
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(made.serve(reader, writer))
        tasks.add(task)
        await asyncio.wait([task])

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = listening.sockets[0].getsockname()[:2]
    made.address = f"{host}:{port}"
    yield made
    listening.close()
    for task in tasks:
        task.cancel()


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Called, it sends every later HTTP request to a port where nobody listens."""

    def cut() -> None:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)

    return cut


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy of the machine that tests run on has no business with servers on loopback."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
