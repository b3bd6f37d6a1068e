"""Packages of the machine's own distribution, downloaded and unpacked without root and without installing anything.

apt does the work with its state, lists and cache in our folder: it reads the machine's own sources, keys, proxies and
preferences, so no mirror is named here and signatures are verified as always. Nothing is installed, so nothing starts as a
service. The machine's hooks (they clean caches, refresh indexes) are left out of our runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from watchkeeper.acquire.cache import Cache, Entry, Manifest, key_of
from watchkeeper.acquire.command import Finished, run
from watchkeeper.acquire.model import Machine, SourceFailed
from watchkeeper.acquire.relocate import relocate
from watchkeeper.acquire.version import find, out_of_bounds
from watchkeeper.workload.progress import Event, Reporter
from watchkeeper.workload.software import DistributionPackage, Software

UPDATE_TIMEOUT_S = 120.0
DOWNLOAD_TIMEOUT_S = 600.0
LISTS_ARE_FRESH_S = 3600.0
_HOOKS = ("Pre-Invoke", "Post-Invoke", "Post-Invoke-Success", "Post-Invoke-Stats")


def package_key(source: DistributionPackage, machine: Machine) -> str:
    """The cache key of the package: what is taken out of it, not its version (the sources decide) and not the bounds."""
    contents = sorted({**source.binaries, **source.assets}.items())
    facts: tuple[object, ...] = (machine.platform, source.packages, contents, source.relocate)
    extra = (source.libraries, source.programs, sorted((file, sorted(texts.items())) for file, texts in source.edits.items()))
    return key_of((*facts, extra) if any(extra) else facts)


class Apt:
    """One apt with private state. Its runs never overlap, and one refresh of the lists serves all packages."""

    def __init__(self, *, cache: Cache, machine: Machine, report: Reporter) -> None:
        self._cache = cache
        self._machine = machine
        self._report = report
        self._folder = cache.root / "apt"
        self._one_at_a_time = asyncio.Lock()
        self._tried_update = False
        self._complaints: tuple[str, ...] = ()

    async def fetch(self, software: Software, source: DistributionPackage) -> Entry:
        """The packages as a cache entry. The caller holds the cache's lock. Raises SourceFailed."""
        for tool in ("apt-get", "apt-cache", "dpkg-deb"):
            if not shutil.which(tool, path=self._machine.search_path):
                raise SourceFailed(f"this machine has no {tool}")
        downloads = Path(tempfile.mkdtemp(prefix="download-", dir=self._folder))
        try:
            if self._one_at_a_time.locked():
                self._report(Event(subject=software.name, state="waiting", detail="for the package manager"))
            async with self._one_at_a_time:
                full_version = await self._download(software, source, downloads)
            self._report(Event(subject=software.name, state="unpacking", detail=f"{source.packages[0]} {full_version}"))
            return await self._unpack(software, source, downloads, full_version)
        finally:
            shutil.rmtree(downloads, ignore_errors=True)

    async def refresh(self, subject: str) -> tuple[str, ...]:
        """Read the package lists again; gives apt's complaints (an unreachable source does not stop the others)."""
        self._configure()
        self._tried_update = True
        try:
            finished = await self._apt(["apt-get", "update"], UPDATE_TIMEOUT_S, subject, "package lists")
        except SourceFailed as failure:
            self._complaints = (str(failure),)
            raise
        # "unsandboxed": apt's own unprivileged user cannot enter our folder, so it downloads as root; signatures are checked.
        said = (line for line in finished.lines if line.startswith(("E: ", "W: ")) and "unsandboxed" not in line)
        self._complaints = tuple(line[3:] for line in said)
        if finished.code == 0 and not self._complaints:
            (self._folder / "updated").touch()
        return self._complaints

    async def candidates(self, software: Software, source: DistributionPackage) -> dict[str, str]:
        """Package → full version that would be downloaded. Raises SourceFailed where there is none within the bounds."""
        self._configure()
        if not self._tried_update and not self._lists_are_fresh():
            await self.refresh(software.name)
        versions = await self._versions(source)
        reason = self._unfit(source, versions)
        if reason and not self._tried_update:
            await self.refresh(software.name)
            versions = await self._versions(source)
            reason = self._unfit(source, versions)
        if reason:
            raise SourceFailed(reason)
        return versions

    def _unfit(self, source: DistributionPackage, versions: Mapping[str, str]) -> str:
        """Why the versions on offer will not do, or ""."""
        if source.packages[0] not in versions:
            return self._with_complaints(f"the machine's package sources have no {source.packages[0]}")
        version = find(source.version_pattern, versions[source.packages[0]])
        return out_of_bounds(version, at_least=source.at_least, below=source.below)

    async def _download(self, software: Software, source: DistributionPackage, downloads: Path) -> str:
        """Bring the packages' files into ``downloads``; gives the version of the first package."""
        versions = await self.candidates(software, source)
        wanted = [f"{name}={found}" for name, found in versions.items()]
        _hand_to_apt(downloads)
        finished = await self._apt(
            ["apt-get", "download", *wanted], DOWNLOAD_TIMEOUT_S, software.name, source.packages[0], downloads
        )
        if finished.code and not self._tried_update:
            # Lists from an hour ago may name a version that the mirror has replaced since.
            await self.refresh(software.name)
            return await self._download(software, source, downloads)
        if finished.code:
            said = [line[3:] for line in finished.lines if line.startswith("E: ")]
            raise SourceFailed(self._with_complaints(f"cannot download {source.packages[0]}: {'; '.join(said[:3])}"))
        return versions[source.packages[0]]

    async def _versions(self, source: DistributionPackage) -> dict[str, str]:
        """Package → the version apt would take, for those that the sources have."""
        finished = await self._apt(["apt-cache", "policy", *source.packages], 60.0, "", "")
        versions: dict[str, str] = {}
        package = ""
        for line in finished.lines:
            if line and not line.startswith((" ", "W:", "E:", "N:")):
                package = line.rstrip(":")
            elif line.strip().startswith("Candidate:") and "(none)" not in line and package in source.packages:
                versions[package] = line.partition(":")[2].strip()
        return {name: versions[name] for name in source.packages if name in versions}

    async def _unpack(self, software: Software, source: DistributionPackage, downloads: Path, full_version: str) -> Entry:
        with self._cache.incoming(software.name) as folder:
            tree = folder / "tree"
            for package in _packages(downloads):
                finished = await run(["dpkg-deb", "--extract", package, tree], timeout_s=120, environment=self._environment())
                if finished.code:
                    raise SourceFailed(f"cannot unpack {package.name}: {finished.text[-300:]}")
            binaries, assets = _places(tree, source.binaries), _places(tree, source.assets)
            missing = [path for path in (*binaries.values(), *assets.values()) if not (tree / path).is_file()]
            if missing:
                raise SourceFailed(f"{', '.join(source.packages)} {full_version} has no {', '.join(missing)}")
            moved = [await asyncio.to_thread(relocate, tree / path, source.relocate) for path in binaries.values()]
            for file, texts in source.edits.items():
                _edit(tree / file, texts)
            manifest = Manifest(
                software=software.name,
                version=find(source.version_pattern, full_version),
                key=package_key(source, self._machine),
                origin=f"distribution package {source.packages[0]} {full_version}",
                binaries=binaries,
                assets=assets,
                run_in_tree=any(moved),
                libraries=tuple(
                    str(found.relative_to(tree)) for folder in source.libraries for found in sorted(tree.glob(folder))
                ),
                programs=source.programs,
            )
            return await asyncio.to_thread(self._cache.publish, folder, manifest)

    def slim(self) -> None:
        """Remove apt's indexes of the lists: 60 MB that are made again in half a second when they are needed."""
        for name in ("pkgcache.bin", "srcpkgcache.bin"):
            (self._folder / name).unlink(missing_ok=True)

    def _lists_are_fresh(self) -> bool:
        """Whether the lists were read within the hour, and the machine's sources have not changed since."""
        try:
            read_at = (self._folder / "updated").stat().st_mtime
        except OSError:
            return False
        sources = [self._machine.apt_folder / "sources.list", *(self._machine.apt_folder / "sources.list.d").glob("*")]
        changed_at = max((path.stat().st_mtime for path in sources if path.exists()), default=0.0)
        return changed_at < read_at and time.time() - read_at < LISTS_ARE_FRESH_S

    def _with_complaints(self, reason: str) -> str:
        return "; ".join((reason, *self._complaints[:3]))

    async def _apt(
        self, arguments: list[str], timeout_s: float, subject: str, detail: str, folder: Path | None = None
    ) -> Finished:
        """Run apt; while it downloads, its own progress is reported for ``subject``."""

        def on_line(line: str) -> None:
            if subject and line.startswith("dlstatus:"):
                with contextlib.suppress(IndexError, ValueError):
                    ratio = min(float(line.split(":")[2]) / 100, 1.0)
                    self._report(Event(subject=subject, state="downloading", detail=detail, ratio=ratio))

        command = [arguments[0], "-o", "APT::Status-Fd=1", *arguments[1:]]
        return await run(command, timeout_s=timeout_s, environment=self._environment(), folder=folder, on_line=on_line)

    def _environment(self) -> dict[str, str]:
        """Ours, so that proxies reach apt, but with apt's words in English: they are read."""
        return {
            **os.environ,
            "PATH": self._machine.search_path,
            "APT_CONFIG": str(self._folder / "apt.conf"),
            "LC_ALL": "C",
            "LANGUAGE": "",
            "DEBIAN_FRONTEND": "noninteractive",
        }

    def _configure(self) -> None:
        """Write apt's configuration: the machine's own first, ours after it.

        apt reads the file of APT_CONFIG, then a folder of parts, then the main file. The only way to have the last word is a
        parts folder of our own that links to the machine's parts and ends with ours.
        """
        parts = self._folder / "parts"
        shutil.rmtree(parts, ignore_errors=True)
        for folder in (parts, self._folder / "lists/partial", self._folder / "archives/partial"):
            folder.mkdir(parents=True, exist_ok=True)
        for folder in (self._folder, self._folder / "lists", self._folder / "archives", parts):
            folder.chmod(0o755 if self._cache.shared else 0o700)
        (self._folder / "status").touch()
        machines = self._machine.apt_folder
        for number, part in enumerate(sorted((machines / "apt.conf.d").glob("*"))):
            # apt skips names with another ending (``.dpkg-old``, ``.disabled``); so do we.
            if part.is_file() and (part.suffix == ".conf" or "." not in part.name):
                (parts / f"{number:03d}-{part.name.replace('.', '-')}").symlink_to(part)
        if (machines / "apt.conf").is_file():
            (parts / "998-apt-conf").symlink_to(machines / "apt.conf")
        (parts / "999-watchkeeper").write_text(self._settings(), encoding="utf-8")
        first = f'Dir::Etc "{machines}/";\nDir::Etc::Parts "{parts}";\nDir::Etc::Main "/dev/null";\n'
        (self._folder / "apt.conf").write_text(first, encoding="utf-8")

    def _settings(self) -> str:
        """Private folders, no hooks, only the lists of packages, and never anything unsigned."""
        folder = self._folder
        lines = [
            f'Dir::State "{folder}";',
            f'Dir::State::Lists "{folder}/lists";',
            f'Dir::State::Status "{folder}/status";',
            f'Dir::Cache "{folder}";',
            f'Dir::Cache::Archives "{folder}/archives";',
            # Containers switch these caches off; without them every run reads all lists again.
            'Dir::Cache::PkgCache "pkgcache.bin";',
            'Dir::Cache::SrcPkgCache "srcpkgcache.bin";',
            *(f"#clear APT::Update::{hook};" for hook in _HOOKS),
            *(f"#clear DPkg::{hook};" for hook in _HOOKS),
            'Acquire::Languages "none";',
            'Acquire::PDiffs "false";',
            'Acquire::Retries "1";',
            'Acquire::http::Timeout "10";',
            'Acquire::https::Timeout "10";',
            *(f'Acquire::IndexTargets::deb::{name}::DefaultEnabled "false";' for name in _UNUSED_LISTS),
            'Acquire::IndexTargets::deb-src::Sources::DefaultEnabled "false";',
            'Acquire::AllowInsecureRepositories "false";',
            'APT::Get::AllowUnauthenticated "false";',
        ]
        return "\n".join(lines) + "\n"


# Lists that desktops add and that are larger than those of the packages.
_UNUSED_LISTS = (
    "DEP-11",
    "DEP-11-icons",
    "DEP-11-icons-small",
    "DEP-11-icons-hidpi",
    "DEP-11-icons-large",
    "CNF",
    "Contents-deb",
)


def _places(tree: Path, written: Mapping[str, str]) -> dict[str, str]:
    """Name → path below the tree, the newest of those that a pattern fits."""
    found: dict[str, str] = {}
    for name, path in written.items():
        fitting = sorted(tree.glob(path)) if "*" in path else []
        found[name] = str(fitting[-1].relative_to(tree)) if fitting else path
    return found


def _edit(file: Path, texts: Mapping[str, str]) -> None:
    """Replace texts in a script. Raises SourceFailed where one is not there: then the package is not the one that was meant."""
    try:
        content = file.read_text(encoding="utf-8")
    except OSError as error:
        raise SourceFailed(f"the package has no {file.name}") from error
    for before, after in texts.items():
        if before not in content:
            raise SourceFailed(f"{file.name} of the package does not say {before}")
        content = content.replace(before, after)
    file.write_text(content, encoding="utf-8")


def _packages(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.deb"))


def _hand_to_apt(folder: Path) -> None:
    """As root, apt downloads as its own unprivileged user, who must be able to write here."""
    if os.geteuid() == 0:
        with contextlib.suppress(KeyError, OSError):
            os.chown(folder, pwd.getpwnam("_apt").pw_uid, -1)
