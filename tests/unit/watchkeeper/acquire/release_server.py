"""Programs, archives and a release server for the tests of acquiring: real files, real processes, real HTTP."""

from __future__ import annotations

import asyncio
import hashlib
import io
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

from watchkeeper.workload.software import ReleaseArchive, Software, Source


def write_program(path: Path, *, says: str, code: int = 0) -> Path:
    """A program that prints ``says``, notes in ``PATH.ran`` that it ran, and ends with ``code``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho run >> '{path}.ran'\nprintf '%s\\n' '{says}'\nexit {code}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def runs(program: Path) -> int:
    """How often it was started."""
    noted = program.with_name(f"{program.name}.ran")
    return len(noted.read_text(encoding="utf-8").splitlines()) if noted.exists() else 0


def archive(members: dict[str, bytes]) -> bytes:
    """A tar.gz with executable files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            member.mode = 0o755
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def a_software(*sources: Source, name: str = "thing") -> Software:
    """A program called like its main binary."""
    return Software(name=name, main=name, licence="Apache-2.0", homepage="", sources=sources)


def an_archive(content: bytes, url: str, *, name: str = "thing", sha256: str = "") -> ReleaseArchive:
    """A release archive that holds ``thing-1.2.3/thing``."""
    return ReleaseArchive(
        platform="linux-amd64",
        version="1.2.3",
        url=url,
        sha256=sha256 or hashlib.sha256(content).hexdigest(),
        binaries={name: f"{name}-1.2.3/{name}"},
    )


@dataclass
class Release:
    """One file of the server. ``answers`` are used up one by one, then the file is served as it should be.

    An answer is a status (500), ``cut N`` (a full-length promise and a connection that ends after N bytes), ``hang`` (the
    first bytes and then silence) or ``whole`` (a server that ignores ranges).
    """

    content: bytes
    answers: list[int | str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    """Of each request the Range header, "" without one."""


class ReleaseServer:
    """HTTP/1.1 by hand, since no real server can be asked to misbehave."""

    def __init__(self) -> None:
        self.releases: dict[str, Release] = {}
        self.address = ""

    def offer(self, name: str, content: bytes, *answers: int | str) -> Release:
        """Serve ``content`` under ``/name``."""
        self.releases[f"/{name}"] = Release(content=content, answers=list(answers))
        return self.releases[f"/{name}"]

    def url(self, name: str) -> str:
        """Where the file is."""
        return f"http://{self.address}/{name}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request and close."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            path = head.split()[1]
            ranges = [line.split(":", 1)[1].strip() for line in head.splitlines() if line.lower().startswith("range:")]
            await self._answer(writer, self.releases.get(path), ranges[0] if ranges else "")
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter, release: Release | None, asked: str) -> None:
        if release is None:
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return
        release.requests.append(asked)
        answer = release.answers.pop(0) if release.answers else ""
        if isinstance(answer, int):
            writer.write(f"HTTP/1.1 {answer} No\r\nContent-Length: 0\r\n\r\n".encode())
            await writer.drain()
            return
        begun = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and answer != "whole" else 0
        body = release.content[begun:]
        status = f"206 Partial Content\r\nContent-Range: bytes {begun}-{len(release.content) - 1}/{len(release.content)}"
        head = f"HTTP/1.1 {status if begun else '200 OK'}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        keep = int(answer.removeprefix("cut ")) if answer.startswith("cut") else 10 if answer == "hang" else len(body)
        writer.write(head + body[:keep])
        await writer.drain()
        if answer == "hang":
            await asyncio.Event().wait()
