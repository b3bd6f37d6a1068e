"""Programs that are already installed: found on PATH, asked for their version, taken only within the bounds."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from watchkeeper.acquire.cache import Cache
from watchkeeper.acquire.command import run
from watchkeeper.acquire.model import Acquired, Machine, ServiceUser, SourceFailed
from watchkeeper.acquire.reach import obstacle
from watchkeeper.acquire.version import find, out_of_bounds
from watchkeeper.workload.software import DistributionPackage, OnPath, ReleaseArchive, Software

VERSION_TIMEOUT_S = 10.0


class KnownVersions:
    """What programs answered when they were asked for their version, kept in the cache folder.

    Starting a program of 50 MB to ask costs tens of milliseconds; an unchanged file (place, size, time, inode) has not
    changed its version.
    """

    def __init__(self, cache: Cache) -> None:
        self._file = cache.root / "versions.json"
        self._changed = False
        try:
            known = json.loads(self._file.read_bytes())
        except (OSError, ValueError):
            known = {}
        self._known: dict[str, str] = known if isinstance(known, dict) else {}

    @staticmethod
    def _key(path: Path, source: OnPath) -> str:
        status = path.stat()
        return (
            f"{path}|{status.st_size}|{status.st_mtime_ns}|{status.st_ino}|{source.version_arguments}|{source.version_pattern}"
        )

    def get(self, path: Path, source: OnPath) -> str:
        """The version that this very file answered, or ""."""
        return str(self._known.get(self._key(path, source), ""))

    def put(self, path: Path, source: OnPath, version: str) -> None:
        """Remember an answer, and forget those of files that are gone."""
        kept = {key: answer for key, answer in self._known.items() if Path(key.partition("|")[0]) != path}
        self._known = {**kept, self._key(path, source): version}
        self._changed = True

    def save(self) -> None:
        """Write what is new. Failing to is not worth a word: the next run asks again."""
        if not self._changed:
            return
        new = self._file.with_suffix(f".{os.getpid()}")
        try:
            new.write_text(json.dumps(self._known), encoding="utf-8")
            new.replace(self._file)
        except OSError:
            new.unlink(missing_ok=True)


async def look(
    software: Software, source: OnPath, *, machine: Machine, user: ServiceUser | None, known: KnownVersions
) -> Acquired:
    """The program from PATH. Raises SourceFailed with the reason for every candidate."""
    reasons: list[str] = []
    for candidate in _candidates(source.names, machine.search_path):
        try:
            version = await _version(candidate, source, user, known)
        except SourceFailed as failure:
            reasons.append(f"{candidate}: {failure}")
            continue
        if reason := out_of_bounds(version, at_least=source.at_least, below=source.below):
            reasons.append(f"{candidate}: {reason}")
            continue
        missing = [path for path in source.assets.values() if obstacle(Path(path), user)]
        if missing:
            reasons.append(f"{candidate}: cannot read {', '.join(missing)}")
            continue
        return Acquired(
            software=software.name,
            version=version,
            origin=f"{candidate} on PATH, version {version}",
            root=candidate.parent,
            command=(str(candidate),),
            binaries={software.main: candidate, **_tools(software, candidate, machine, user)},
            assets={name: Path(path) for name, path in source.assets.items()},
        )
    raise SourceFailed("; ".join(reasons) or f"there is no {' or '.join(source.names)}")


def _candidates(names: Iterable[str], search_path: str) -> list[Path]:
    """Every file of one of the names, in the order of PATH; the same file once."""
    found: dict[Path, Path] = {}
    for folder in search_path.split(os.pathsep):
        for name in names:
            path = shutil.which(name, path=folder) if folder else None
            if path:
                found.setdefault(Path(path).resolve(), Path(path))
    return list(found.values())


async def _version(candidate: Path, source: OnPath, user: ServiceUser | None, known: KnownVersions) -> str:
    if reason := obstacle(candidate, user, execute=True):
        raise SourceFailed(reason)
    if version := known.get(candidate, source):
        return version
    finished = await run([candidate, *source.version_arguments], timeout_s=VERSION_TIMEOUT_S, user=user)
    version = find(source.version_pattern, finished.text)
    if not version:
        first = finished.lines[0][:120] if finished.lines else f"nothing, exit code {finished.code}"
        raise SourceFailed(f"does not tell its version (it answers: {first})")
    known.put(candidate, source, version)
    return version


def _tools(software: Software, main: Path, machine: Machine, user: ServiceUser | None) -> dict[str, Path]:
    """The other binaries that the software's archives bring (promtool), where they are beside the main one or on PATH."""
    names = {
        name
        for source in software.sources
        if isinstance(source, DistributionPackage | ReleaseArchive)
        for name in source.binaries
        if name != software.main
    }
    found: dict[str, Path] = {}
    for name in sorted(names):
        path = shutil.which(name, path=f"{main.parent}{os.pathsep}{machine.search_path}")
        if path and not obstacle(Path(path), user, execute=True):
            found[name] = Path(path)
    return found
