"""A copy of our engines and of everything they import, for a service user who cannot read the place we run from.

Two entries of the cache: the libraries, which change with their versions and are large, and our own code, which changes with
its content and is small. Both are keyed by what they were made from, so a copy is made once and used until something changes.
"""

from __future__ import annotations

import asyncio
import csv
import hashlib
import importlib.metadata
import importlib.util
import re
import shutil
import sysconfig
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import Distribution
from pathlib import Path, PurePosixPath

from watchkeeper.acquire.cache import Cache, Entry, Manifest, key_of
from watchkeeper.acquire.command import run
from watchkeeper.acquire.model import Machine, ServiceUser, SourceFailed
from watchkeeper.acquire.reach import obstacle

# What only the control plane imports. The engines never do (their memory is counted), so it is not copied.
CONTROL_PLANE_ONLY = frozenset({"platformdirs", "pydantic", "rich", "supervisor", "typer"})

# A distribution's packages that lie beside no other one of it in a checkout: the example, which belongs to a folder of its own.
ELSEWHERE: Mapping[str, tuple[str, ...]] = {"watchkeeper": ("network_monitor",)}
EXTRAS: Mapping[str, tuple[str, ...]] = {"watchkeeper": ("example", "instrument")}
"""What the packages of a distribution need besides, where it was installed with that."""

_REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[(?P<extras>[^\]]*)\])?")
_EXTRA = re.compile(r"extra\s*==\s*['\"](?P<extra>[^'\"]+)['\"]")
_LIBRARIES = "engine-libraries"
_CODE = "engine-code"
_PROBE_TIMEOUT_S = 20.0
_COMPILE_TIMEOUT_S = 300.0
_SKIPPED_SUFFIXES = (".pyc", ".pyo", ".pyi", ".h", ".pxd", ".pyx", ".a", ".lib")
_SKIPPED_FOLDERS = frozenset({"tests", "include", "src", "__pycache__"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """A copy that is in the cache."""

    libraries: Entry
    code: Entry

    @property
    def python(self) -> Path:
        """The interpreter it was made for."""
        return Path(self.libraries.manifest.python)

    @property
    def search_path(self) -> tuple[Path, ...]:
        """Where that interpreter finds our engines and what they import."""
        return (self.code.tree, self.libraries.tree)

    def is_proven(self, module: str) -> bool:
        """Whether that engine was seen to start from this copy."""
        return (self.code.folder / f"proven-{module}-{self.libraries.manifest.key}").exists()

    def mark_proven(self, module: str) -> None:
        """Remember that it was, with the code that it belongs to."""
        (self.code.folder / f"proven-{module}-{self.libraries.manifest.key}").touch()


def own_packages(distribution: str) -> tuple[Path, ...]:
    """The folders of our packages, sorted: the engines', and the control plane's for its few modules that run as a service."""
    spec = importlib.util.find_spec(distribution)
    if spec is None or not spec.submodule_search_locations:
        raise SourceFailed(f"cannot find the package {distribution}")
    main = Path(next(iter(spec.submodule_search_locations)))
    engines = (path for path in main.parent.glob(f"{distribution}_*") if (path / "__init__.py").is_file())
    return tuple(sorted((main, *engines, *_elsewhere(distribution))))


def _elsewhere(distribution: str) -> Iterator[Path]:
    for name in ELSEWHERE.get(distribution, ()):
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations:
            yield Path(next(iter(spec.submodule_search_locations)))


def required_distributions(distribution: str) -> tuple[Distribution, ...]:
    """What our distribution needs at run time for the engines, and what that needs, and so on, sorted by name."""
    needs = _needs(importlib.metadata.distribution(distribution), EXTRAS.get(distribution, ()))
    wanted = [need for need in needs if need.name not in CONTROL_PLANE_ONLY and need.name != distribution]
    found: dict[str, Distribution] = {}
    seen: set[_Need] = set()
    while wanted:
        need = wanted.pop()
        if need in seen:
            continue
        seen.add(need)
        try:
            found[need.name] = importlib.metadata.distribution(need.name)
        except importlib.metadata.PackageNotFoundError as error:
            raise SourceFailed(f"{need.name} is needed but not installed") from error
        wanted.extend(_needs(found[need.name], need.extras))
    return tuple(found[name] for name in sorted(found))


def missing_for(distribution: str, extra: str) -> tuple[str, ...]:
    """What that extra of a distribution asks for and is not installed, sorted."""
    asked = (_split(text) for text in importlib.metadata.distribution(distribution).requires or ())
    return tuple(sorted({need.name for need, marker in asked if _extra(marker) == extra and not _is_installed(need.name)}))


def imported_files(distribution: Distribution) -> list[str]:
    """What an import may open of a distribution: Python files, shared libraries, path files; relative to its folder."""
    rows = csv.reader((distribution.read_text("RECORD") or "").splitlines())
    return [row[0] for row in rows if row and row[0].endswith((".py", ".so", ".pth")) and not row[0].startswith(("..", "/"))]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Need:
    name: str
    extras: tuple[str, ...] = ()


def _needs(distribution: Distribution, extras: Sequence[str] = ()) -> list[_Need]:
    """What a distribution always needs here, and what it needs for these extras of its own.

    Environment markers other than extras are rare among our libraries and concern other systems (``win32``) or older
    Pythons, so a marked requirement counts only when it is installed.
    """
    needs: list[_Need] = []
    for text in distribution.requires or ():
        need, marker = _split(text)
        if (_extra(marker) and _extra(marker) not in extras) or (marker and not _is_installed(need.name)):
            continue
        needs.append(need)
    return needs


def _split(requirement: str) -> tuple[_Need, str]:
    """(what is needed, its marker) of ``name[extra,extra]>=1; marker``."""
    text, _, marker = requirement.partition(";")
    found = _REQUIREMENT.match(text.strip())
    if found is None:
        raise SourceFailed(f"cannot read the requirement {requirement!r}")
    extras = tuple(sorted(extra.strip() for extra in (found["extras"] or "").split(",") if extra.strip()))
    return _Need(name=re.sub(r"[-_.]+", "-", found["name"]).lower(), extras=extras), marker


def _extra(marker: str) -> str:
    found = _EXTRA.search(marker)
    return found["extra"] if found else ""


def _is_installed(name: str) -> bool:
    try:
        importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def staged(distribution: str, *, cache: Cache) -> Runtime | None:
    """The copy that is in the cache and still current, or None."""
    libraries = cache.find(_LIBRARIES, _libraries_key(required_distributions(distribution)))
    code = cache.find(_CODE, _code_key(own_packages(distribution))) if libraries else None
    if libraries is None or code is None:
        return None
    return Runtime(libraries=libraries, code=code)


async def stage(distribution: str, *, cache: Cache, machine: Machine, user: ServiceUser | None) -> Runtime:
    """Make the copy. The caller holds the cache's lock. Raises SourceFailed when no Python can be used by ``user``."""
    if reason := obstacle(cache.programs, user, execute=True):
        raise SourceFailed(f"the copy for services cannot be made: {reason}")
    python = await _python_for(machine, user)
    distributions = required_distributions(distribution)
    packages = own_packages(distribution)
    libraries = cache.find(_LIBRARIES, _libraries_key(distributions))
    if libraries is None or libraries.manifest.python != str(python):
        manifest = Manifest(
            software=_LIBRARIES,
            version=importlib.metadata.version(distribution),
            key=_libraries_key(distributions),
            origin="the libraries of our engines, copied for the service user",
            python=str(python),
        )
        libraries = await _copy(cache, manifest, python, partial(copy_libraries, distributions))
    code = cache.find(_CODE, _code_key(packages))
    if code is None:
        manifest = Manifest(
            software=_CODE,
            version=importlib.metadata.version(distribution),
            key=_code_key(packages),
            origin="our engines, copied for the service user",
        )
        code = await _copy(cache, manifest, python, partial(copy_code, packages))
    return Runtime(libraries=libraries, code=code)


async def _copy(cache: Cache, manifest: Manifest, python: Path, fill: Callable[[Path], None]) -> Entry:
    """Publish a tree that ``fill`` writes, with bytecode: the service user could never save it and would compile each time."""
    with cache.incoming(manifest.software) as folder:
        tree = folder / "tree"
        await asyncio.to_thread(fill, tree)
        # A file that does not compile (a template, code for another Python) is no failure: nothing of ours imports it.
        command: list[str | Path] = [python, "-I", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", tree]
        await run(command, timeout_s=_COMPILE_TIMEOUT_S)
        return await asyncio.to_thread(cache.publish, folder, manifest)


async def _python_for(machine: Machine, user: ServiceUser | None) -> Path:
    """A Python that ``user`` can run and that takes the same compiled libraries as ours. Raises SourceFailed."""
    ours = sysconfig.get_config_var("SOABI")
    reasons: list[str] = []
    for candidate in dict.fromkeys((machine.python.resolve(), *machine.other_pythons)):
        if not candidate.exists():
            continue
        if reason := obstacle(candidate, user, execute=True):
            reasons.append(reason)
            continue
        question = "import sysconfig, encodings, ssl; print(sysconfig.get_config_var('SOABI'))"
        try:
            finished = await run([candidate, "-I", "-c", question], timeout_s=_PROBE_TIMEOUT_S, user=user)
        except SourceFailed as failure:
            reasons.append(str(failure))
            continue
        if finished.code or finished.text.strip() != ours:
            reasons.append(f"{candidate} is not a Python like ours ({ours}): {finished.text[-100:]}")
            continue
        return candidate
    version = re.sub(r"^cpython-(\d)(\d+).*", r"\1.\2", ours or "")
    uid = user.uid if user else "who runs services"
    raise SourceFailed(
        f"no Python {version} can be run by user {uid} ({'; '.join(reasons) or 'none was found'}). "
        f"Ways out: install python{version} from the distribution, install watchkeeper with a Python below /usr or /opt, "
        "or run watchkeeper as an ordinary user"
    )


def _libraries_key(distributions: Iterable[Distribution]) -> str:
    facts = [
        (found.metadata["Name"], found.version, _digest((found.read_text("RECORD") or "").encode())) for found in distributions
    ]
    return key_of((sysconfig.get_config_var("SOABI"), facts))


def _code_key(packages: Iterable[Path]) -> str:
    return key_of([(str(file.relative_to(p.parent)), _digest(file.read_bytes())) for p in packages for file in code_files(p)])


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def code_files(package: Path) -> list[Path]:
    """What a package of ours consists of, sorted. Bytecode is no part of it: Python does without where it cannot be read."""
    files = (path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return sorted(files)


def copy_libraries(distributions: Sequence[Distribution], tree: Path) -> None:
    """What an import may need of them, as it lies in a folder of libraries."""
    for found in distributions:
        for file in found.files or ():
            source = Path(str(found.locate_file(file)))
            if not _is_left_out(PurePosixPath(file)) and source.is_file():
                _copy_file(source, tree / file)


def _is_left_out(file: PurePosixPath) -> bool:
    """Scripts outside the library folder, and what is never imported at run time."""
    if ".." in file.parts or file.is_absolute() or file.suffix in _SKIPPED_SUFFIXES:
        return True
    return any(part in _SKIPPED_FOLDERS for part in file.parts[1:-1])


def copy_code(packages: Sequence[Path], tree: Path) -> None:
    """Our packages, side by side."""
    for package in packages:
        for file in code_files(package):
            _copy_file(file, tree / file.relative_to(package.parent))


def _copy_file(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
