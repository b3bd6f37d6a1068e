"""Our own engines: ``python -m module``, by the Python that runs us where the service user can use it, else by a staged one.

A checkout or a virtual environment often sits in a folder that only its owner can enter. When we are root, services run as
somebody else, who then can use neither; so what the engines need is copied into the cache (see ``runtime``) and run by a
Python of the same version that everybody can execute.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import importlib.util
import os
import sys
import sysconfig
from pathlib import Path

from watchkeeper.acquire.cache import Cache
from watchkeeper.acquire.command import run
from watchkeeper.acquire.model import Acquired, Machine, ServiceUser, SourceFailed
from watchkeeper.acquire.reach import obstacle, unreadable_files
from watchkeeper.acquire.runtime import (
    Runtime,
    code_files,
    imported_files,
    missing_for,
    own_packages,
    required_distributions,
    stage,
    staged,
)
from watchkeeper.workload.progress import Event, Reporter
from watchkeeper.workload.software import OwnPackage, Software

# An engine must find its own modules, not those of the folder it is started in or of the user's home.
_ALONE = {"PYTHONSAFEPATH": "1", "PYTHONNOUSERSITE": "1"}
_PROOF_TIMEOUT_S = 30.0


class OwnPackages:
    """Decides once for all engines of a run which Python they get."""

    def __init__(self, *, cache: Cache, machine: Machine, user: ServiceUser | None) -> None:
        self._cache = cache
        self._machine = machine
        self._user = user
        self._runtime: Runtime | None = None
        self._one_at_a_time = asyncio.Lock()
        self._obstacle: str | None = None

    def ready(self, software: Software, source: OwnPackage) -> Acquired | None:
        """The engine, if nothing has to be copied for it. Raises SourceFailed when the package is not there at all."""
        version = installed(source)
        if self._obstacle is None:
            self._obstacle = self._why_not_directly(source.distribution)
        if not self._obstacle:
            python = self._machine.python
            return Acquired(
                software=software.name,
                version=version,
                origin=f"our own package {source.module} {version}, run by {python}",
                root=python.parent,
                command=(str(python), "-m", source.module),
                binaries={software.main: python},
                environment=dict(_ALONE),
            )
        if self._runtime is None:
            self._runtime = staged(source.distribution, cache=self._cache)
        if self._runtime is None or not self._runtime.is_proven(source.module):
            return None
        return self._from_runtime(software, source, version, self._runtime)

    async def fetch(self, software: Software, source: OwnPackage, report: Reporter) -> Acquired:
        """The engine, copied into the cache where needed. The caller holds the cache's lock. Raises SourceFailed."""
        if found := self.ready(software, source):
            return found
        report(Event(subject=software.name, state="unpacking", detail="copying our packages for the service user"))
        version = installed(source)
        async with self._one_at_a_time:
            found = self._from_runtime(software, source, version, self._runtime) if self._runtime else None
            if found is None:
                self._runtime = await stage(source.distribution, cache=self._cache, machine=self._machine, user=self._user)
                found = self._from_runtime(software, source, version, self._runtime)
            runtime = self._runtime
        if found is None or runtime is None:
            raise SourceFailed(f"{self._obstacle}, and the copy in {self._cache.root} cannot be used either")
        await self._prove(found)
        runtime.mark_proven(source.module)
        return found

    async def _prove(self, found: Acquired) -> None:
        """Let the service user start the copied engine once: what is missing shows now, not in a log at three in the night."""
        environment = {**os.environ, **found.environment}
        finished = await run([*found.command, "--help"], timeout_s=_PROOF_TIMEOUT_S, environment=environment, user=self._user)
        if finished.code:
            said = finished.lines[-1] if finished.lines else f"exit code {finished.code}"
            raise SourceFailed(f"the copy for the service user does not start: {said}")

    def _why_not_directly(self, distribution: str) -> str:
        """What keeps the service user from running our Python with our packages, or ""."""
        user = self._user
        if user is None or user.uid == 0:
            return ""
        if reason := obstacle(self._machine.python, user, execute=True):
            return reason
        if reason := obstacle(Path(sysconfig.get_path("stdlib")), user, execute=True):
            return reason
        environment = Path(sys.prefix) / "pyvenv.cfg"
        if environment.exists() and (reason := obstacle(environment, user)):
            return reason
        for package in own_packages(distribution):
            if reason := unreadable_files(package, (str(file.relative_to(package)) for file in code_files(package)), user):
                return reason
        for found in (importlib.metadata.distribution(distribution), *required_distributions(distribution)):
            if reason := unreadable_files(Path(str(found.locate_file(""))), imported_files(found), user):
                return reason
        return ""

    def _from_runtime(self, software: Software, source: OwnPackage, version: str, runtime: Runtime) -> Acquired | None:
        python = runtime.python
        if obstacle(python, self._user, execute=True) or any(obstacle(path, self._user) for path in runtime.search_path):
            return None
        return Acquired(
            software=software.name,
            version=version,
            origin=f"our own package {source.module} {version}, copied for the service user and run by {python}",
            root=runtime.search_path[0],
            command=(str(python), "-m", source.module),
            binaries={software.main: python},
            environment={**_ALONE, "PYTHONPATH": ":".join(str(path) for path in runtime.search_path)},
        )


def installed(source: OwnPackage) -> str:
    """The version of our distribution. Raises SourceFailed where the module, or what it needs, is not part of what runs."""
    try:
        spec = importlib.util.find_spec(source.module)
    except ModuleNotFoundError:  # of a parent package
        spec = None
    if spec is None:
        raise SourceFailed(f"{sys.executable} has no module {source.module}")
    try:
        if source.extra and (missing := missing_for(source.distribution, source.extra)):
            raise SourceFailed(
                f"{sys.executable} has no {', '.join(missing)}; install {source.distribution}[{source.extra}] instead"
            )
        return importlib.metadata.version(source.distribution)
    except importlib.metadata.PackageNotFoundError as error:
        raise SourceFailed(f"{sys.executable} has no distribution {source.distribution}") from error
