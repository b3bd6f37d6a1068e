"""Downloads one file whose digest is known: resumed after a broken connection, retried a few times, never half accepted."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from watchkeeper.acquire.model import SourceFailed

if TYPE_CHECKING:  # httpx takes 100 ms to import, and a run with a full cache never downloads
    import httpx

_LARGEST_BYTES = 2 * 1024**3
_WORTH_A_RETRY = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a download may fail before it is given up. The pause doubles after each attempt."""

    attempts: int = 4
    first_pause_s: float = 0.5
    connect_s: float = 10.0
    silence_s: float = 20.0
    """Without a byte for so long, the connection counts as broken."""
    total_s: float = 1800.0
    """For all attempts together: a server that sends a byte now and then is given up too."""


class _Broken(Exception):
    """An attempt failed in a way that another one may not."""


async def download(
    url: str, target: Path, *, sha256: str, progress: Callable[[float | None], None], patience: Patience | None = None
) -> None:
    """Fetch ``url`` into ``target``; ``progress`` gets the ratio, None while the size is unknown.

    The proxy and the certificate authorities of the environment are used. ``target`` with the suffix ``.part`` keeps what
    arrived, for the next attempt or the next run. Raises SourceFailed when the attempts are used up, or at once for an answer
    that will not change (404) or a digest that stays wrong.
    """
    patience = patience or Patience()
    try:
        async with asyncio.timeout(patience.total_s):
            await _with_attempts(url, target, sha256, progress, patience)
    except TimeoutError as error:
        raise SourceFailed(f"cannot download {url}: not done within {patience.total_s:g} s") from error


async def _with_attempts(
    url: str, target: Path, sha256: str, progress: Callable[[float | None], None], patience: Patience
) -> None:
    import httpx

    part = target.with_name(f"{target.name}.part")
    limits = httpx.Timeout(patience.silence_s, connect=patience.connect_s)
    reason = ""
    async with httpx.AsyncClient(timeout=limits, follow_redirects=True) as client:
        for attempt in range(patience.attempts):
            if attempt:
                await asyncio.sleep(patience.first_pause_s * 2 ** (attempt - 1))
            try:
                await _attempt(client, url, part, progress)
                await asyncio.to_thread(_accept, part, target, sha256)
            except (_Broken, httpx.HTTPError) as failure:
                reason = f"{failure}" or type(failure).__name__
            else:
                return
    raise SourceFailed(f"cannot download {url}: {reason} ({patience.attempts} attempts)")


async def _attempt(client: httpx.AsyncClient, url: str, part: Path, progress: Callable[[float | None], None]) -> None:
    """Bring ``part`` to the full length, going on where it ends."""
    begun = _size_bytes(part)
    headers = {"Range": f"bytes={begun}-"} if begun else {}
    async with client.stream("GET", url, headers=headers) as response:
        if response.status_code == 416:
            _forget(part)
            raise _Broken("the server does not go on where we stopped")
        if response.status_code in _WORTH_A_RETRY:
            raise _Broken(f"HTTP status {response.status_code}")
        if response.status_code not in (200, 206):
            raise SourceFailed(f"cannot download {url}: HTTP status {response.status_code}")
        resumed = response.status_code == 206 and response.headers.get("Content-Range", "").startswith(f"bytes {begun}-")
        if response.status_code == 206 and not resumed:
            _forget(part)
            raise _Broken("the server sent another part than we asked for")
        got = begun if resumed else 0
        length = int(response.headers.get("Content-Length", 0) or 0)
        total = got + length if length else 0
        with part.open("ab" if resumed else "wb") as file:
            # Without a size: what waits for a chunk to fill is lost when the connection breaks.
            async for chunk in response.aiter_raw():
                file.write(chunk)
                got += len(chunk)
                if got > _LARGEST_BYTES:
                    raise SourceFailed(f"cannot download {url}: it does not end")
                progress(min(got / total, 1.0) if total else None)


def _size_bytes(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _forget(part: Path) -> None:
    part.unlink(missing_ok=True)


def _accept(part: Path, target: Path, sha256: str) -> None:
    """Give a complete download its name; a wrong one is thrown away, so that the next attempt starts afresh."""
    with part.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        _forget(part)
        raise _Broken(f"its SHA-256 is {found}, not {sha256}")
    part.replace(target)
