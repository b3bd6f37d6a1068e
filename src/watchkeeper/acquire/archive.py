"""Upstream's release archives: downloaded, held against the pinned digest, unpacked into the cache."""

from __future__ import annotations

import asyncio

from watchkeeper.acquire.cache import Cache, Entry, Manifest, key_of
from watchkeeper.acquire.download import Patience, download
from watchkeeper.acquire.unpack import unpack_tar
from watchkeeper.workload.progress import Event, Reporter
from watchkeeper.workload.software import ReleaseArchive, Software


def archive_key(source: ReleaseArchive) -> str:
    """The cache key of the archive: its content and what is taken out of it."""
    return key_of((source.sha256, sorted(source.binaries.items()), sorted(source.assets.items())))


async def fetch(
    software: Software, source: ReleaseArchive, *, cache: Cache, report: Reporter, patience: Patience | None = None
) -> Entry:
    """The archive as a cache entry. The caller holds the cache's lock. Raises SourceFailed."""
    name = source.url.rpartition("/")[2]

    told = -1

    def progress(ratio: float | None) -> None:
        """Once per percent: chunks come by the thousand."""
        nonlocal told
        percent = int(ratio * 100) if ratio is not None else 0
        if percent != told:
            told = percent
            report(Event(subject=software.name, state="downloading", detail=name, ratio=ratio))

    progress(None)
    archive = cache.root / "downloads" / f"{source.sha256}.tar.gz"
    await download(source.url, archive, sha256=source.sha256, progress=progress, patience=patience)
    report(Event(subject=software.name, state="unpacking", detail=name))
    try:
        return await asyncio.to_thread(_unpack, software, source, cache)
    finally:
        archive.unlink(missing_ok=True)


def _unpack(software: Software, source: ReleaseArchive, cache: Cache) -> Entry:
    archive = cache.root / "downloads" / f"{source.sha256}.tar.gz"
    with cache.incoming(software.name) as folder:
        unpack_tar(archive, folder / "tree", wanted={*source.binaries.values(), *source.assets.values()})
        return cache.publish(
            folder,
            Manifest(
                software=software.name,
                version=source.version,
                key=archive_key(source),
                origin=f"release archive {source.version} from {source.url}",
                binaries=dict(source.binaries),
                assets=dict(source.assets),
            ),
        )
