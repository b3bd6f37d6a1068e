"""Finds every program of a plan: what is ready is taken at once, the rest is fetched, each from the first source that works."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from watchkeeper.acquire.archive import archive_key
from watchkeeper.acquire.archive import fetch as fetch_archive
from watchkeeper.acquire.cache import Cache, Entry
from watchkeeper.acquire.distribution import Apt, package_key
from watchkeeper.acquire.download import Patience
from watchkeeper.acquire.maven import JARS, artifacts_key, find_java
from watchkeeper.acquire.maven import fetch as fetch_artifacts
from watchkeeper.acquire.model import Acquired, Machine, Refusal, ServiceUser, SourceFailed, source_name, this_machine
from watchkeeper.acquire.on_path import KnownVersions, look
from watchkeeper.acquire.own_package import OwnPackages
from watchkeeper.acquire.reach import obstacle
from watchkeeper.acquire.version import out_of_bounds
from watchkeeper.workload.failure import WorldFailed
from watchkeeper.workload.progress import Event, Reporter, silent
from watchkeeper.workload.software import (
    DistributionPackage,
    Image,
    MavenArtifacts,
    OnPath,
    OwnPackage,
    ReleaseArchive,
    Software,
    Source,
)

_LOCK_POLL_S = 0.1


async def acquire(
    software: Sequence[Software],
    *,
    cache: Path,
    report: Reporter = silent,
    offline: bool = False,
    service_user: ServiceUser | None = None,
    machine: Machine | None = None,
    patience: Patience | None = None,
) -> Mapping[str, Acquired]:
    """Every program by its name, ready to be started by ``service_user`` (None: by ourselves).

    Sources are tried in the order of the Software. With a full cache nothing is downloaded and no network is touched; with
    ``offline`` it never is. Runs at the same time are safe: one fetches, the others wait and find it. Raises one WorldFailed
    for all programs that no source gave, with every source's reason as evidence.
    """
    wanted = {program.name: program for program in software}
    search = Search(Cache(cache), machine or this_machine(), service_user, report, patience)
    found = await search.ready(wanted.values())
    missing = [program for name, program in wanted.items() if name not in found]
    if missing:
        async with search.locked():
            # Another run may have fetched them while we waited.
            found |= await search.ready(missing)
            missing = [program for program in missing if program.name not in found]
            found |= await search.fetch(missing, offline=offline)
    search.known.save()
    missing = [program for program in missing if program.name not in found]
    if missing:
        raise _nothing_works(missing, search.refusals, search.cache.root, offline=offline)
    for name in wanted:
        report(Event(subject=name, state="ready", detail=found[name].origin))
    return {name: found[name] for name in wanted}


class Search:
    """What one call of ``acquire`` knows: where to look, and why sources were refused so far."""

    def __init__(
        self, cache: Cache, machine: Machine, user: ServiceUser | None, report: Reporter, patience: Patience | None
    ) -> None:
        self.cache = cache
        self.machine = machine
        self.user = user
        self.report = report
        self.patience = patience
        self.refusals: dict[str, dict[str, str]] = {}
        cache.prepare()
        self.known = KnownVersions(cache)
        self.own = OwnPackages(cache=cache, machine=machine, user=user)

    def refuse(self, software: Software, source: Source, reason: str) -> None:
        """Remember why; a later reason of the same source replaces the earlier one."""
        self.refusals.setdefault(software.name, {})[source_name(source)] = reason

    def why(self, software: str) -> tuple[Refusal, ...]:
        """The refusals of a program in the order in which its sources were tried."""
        return tuple(Refusal(source=name, reason=reason) for name, reason in self.refusals.get(software, {}).items())

    async def ready(self, software: Iterable[Software]) -> dict[str, Acquired]:
        """The programs that need no fetching."""
        programs = list(software)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._ready(program)) for program in programs]
        return _by_name(programs, tasks)

    async def _ready(self, software: Software) -> Acquired | None:
        for source in software.sources:
            try:
                found = await self._try_ready(software, source)
            except SourceFailed as failure:
                self.refuse(software, source, str(failure))
                continue
            if found:
                return replace(found, refusals=self.why(software.name))
        return None

    async def _try_ready(self, software: Software, source: Source) -> Acquired | None:
        match source:
            case OnPath():
                self.report(Event(subject=software.name, state="looking", detail="on PATH"))
                return await look(software, source, machine=self.machine, user=self.user, known=self.known)
            case DistributionPackage():
                entry = self.cache.find(software.name, package_key(source, self.machine))
                bounds = {"at_least": source.at_least, "below": source.below}
                fits = entry is not None and not out_of_bounds(entry.manifest.version, **bounds)
                return self._from_entry(software, entry) if entry and fits else None
            case ReleaseArchive() if source.platform == self.machine.platform:
                entry = self.cache.find(software.name, archive_key(source))
                return self._from_entry(software, entry) if entry else None
            case OwnPackage():
                return self.own.ready(software, source)
            case MavenArtifacts():
                entry = self.cache.find(software.name, artifacts_key(source))
                return await self._from_jars(software, source, entry) if entry else None
            case ReleaseArchive() | Image():
                return None

    async def fetch(self, software: Sequence[Software], *, offline: bool) -> dict[str, Acquired]:
        """Fetch the programs, all at once; those that no source gives are missing from the result."""
        if not software:
            return {}
        self.cache.sweep()
        apt = Apt(cache=self.cache, machine=self.machine, report=self.report)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._fetch(program, apt, offline=offline)) for program in software]
        apt.slim()
        return _by_name(software, tasks)

    async def _fetch(self, software: Software, apt: Apt, *, offline: bool) -> Acquired | None:
        for source in software.sources:
            try:
                if found := await self._try_fetch(software, source, apt, offline=offline):
                    return replace(found, refusals=self.why(software.name))
            except SourceFailed as failure:
                self.refuse(software, source, str(failure))
        self.report(Event(subject=software.name, state="failed", detail="no source gave it"))
        return None

    async def _try_fetch(self, software: Software, source: Source, apt: Apt, *, offline: bool) -> Acquired | None:
        match source:
            case OwnPackage():
                return await self.own.fetch(software, source, self.report)
            case DistributionPackage() | ReleaseArchive() | MavenArtifacts() if offline:
                if not isinstance(source, ReleaseArchive) or source.platform == self.machine.platform:
                    raise SourceFailed("not in the cache, and we are offline")
                return None
            case DistributionPackage():
                self._check_cache_is_usable()
                return self._from_entry(software, await apt.fetch(software, source))
            case ReleaseArchive() if source.platform == self.machine.platform:
                self._check_cache_is_usable()
                entry = await fetch_archive(software, source, cache=self.cache, report=self.report, patience=self.patience)
                return self._from_entry(software, entry)
            case MavenArtifacts():
                self._check_cache_is_usable()
                entry = await fetch_artifacts(software, source, cache=self.cache, machine=self.machine, report=self.report)
                return await self._from_jars(software, source, entry)
            case OnPath() | ReleaseArchive() | Image():
                return None

    async def _from_jars(self, software: Software, source: MavenArtifacts, entry: Entry) -> Acquired:
        java = await find_java(source, machine=self.machine, user=self.user)
        jars = entry.tree / JARS
        if reason := obstacle(jars, self.user):
            raise SourceFailed(f"it is in the cache, but {reason}")
        return Acquired(
            software=software.name,
            version=entry.manifest.version,
            origin=f"{entry.manifest.origin}, run by {java}",
            root=entry.tree,
            command=(str(java), "-cp", f"{jars}/*", source.main_class),
            binaries={software.main: java, "java": java},
            assets={JARS: jars},
        )

    def _check_cache_is_usable(self) -> None:
        """Before anything is downloaded that could not be run afterwards."""
        if reason := obstacle(self.cache.programs, self.user, execute=True):
            raise SourceFailed(f"programs cannot be run from the cache: {reason}")

    def _from_entry(self, software: Software, entry: Entry) -> Acquired:
        manifest = entry.manifest
        binaries = {name: entry.tree / path for name, path in manifest.binaries.items()}
        main = binaries[software.main]
        if reason := obstacle(main, self.user, execute=True):
            raise SourceFailed(f"it is in the cache, but {reason}")
        # env replaces itself with the program, so the process keeps its number and its parent.
        start = ("/usr/bin/env", f"--chdir={entry.tree}") if manifest.run_in_tree else ()
        return Acquired(
            software=software.name,
            version=manifest.version,
            origin=manifest.origin,
            root=entry.tree,
            command=(*start, str(main)),
            binaries=binaries,
            assets={name: entry.tree / path for name, path in manifest.assets.items()},
            environment=_surroundings(entry),
        )

    @contextlib.asynccontextmanager
    async def locked(self) -> AsyncIterator[None]:
        """Hold the cache's lock. Waiting asks again and again, since a thread that blocks on a lock cannot be interrupted."""
        told = False
        while True:
            with self.cache.lock(wait=False) as held:
                if held:
                    yield
                    return
            if not told:
                told = True
                self.report(Event(subject="cache", state="waiting", detail="another watchkeeper is fetching programs"))
            await asyncio.sleep(_LOCK_POLL_S)


def _surroundings(entry: Entry) -> dict[str, str]:
    """Where its programs find shared libraries and each other."""
    environment: dict[str, str] = {}
    if entry.manifest.libraries:
        environment["LD_LIBRARY_PATH"] = ":".join(str(entry.tree / folder) for folder in entry.manifest.libraries)
    if entry.manifest.programs:
        own = [str(entry.tree / folder) for folder in entry.manifest.programs]
        environment["PATH"] = ":".join((*own, "/usr/local/bin", "/usr/bin", "/bin"))
    return environment


def _by_name(software: Sequence[Software], tasks: Sequence[asyncio.Task[Acquired | None]]) -> dict[str, Acquired]:
    results = ((program.name, task.result()) for program, task in zip(software, tasks, strict=True))
    return {name: acquired for name, acquired in results if acquired}


def _nothing_works(
    software: Sequence[Software], refusals: Mapping[str, Mapping[str, str]], cache: Path, *, offline: bool
) -> WorldFailed:
    names = ", ".join(program.name for program in software)
    evidence = [
        f"{program.name}: {source}: {reason}"
        for program in software
        for source, reason in (refusals.get(program.name) or {"no source": "none fits this machine"}).items()
    ]
    kinds = {type(source) for program in software for source in program.sources}
    ways = ["put a program of a fitting version on PATH"] if OnPath in kinds else []
    if offline:
        ways.append("run once without --offline")
    if DistributionPackage in kinds and not offline:
        ways.append("make `apt-get update` work on this machine")
    if ReleaseArchive in kinds and not offline:
        ways.append("let this machine reach the release archives (HTTPS_PROXY is respected)")
    if kinds & {DistributionPackage, ReleaseArchive}:
        ways.append(f"copy {cache} from a machine of the same kind where it worked")
    if MavenArtifacts in kinds:
        ways.append("install a Java runtime and Maven (Debian: apt-get install default-jre-headless maven)")
    if OwnPackage in kinds:
        ways.append("install watchkeeper again")
    return WorldFailed(f"cannot get {names}: no source gave it", hint="; or ".join(ways), evidence=evidence)
