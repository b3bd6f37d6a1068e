"""The cache: unpacked programs in folders with a manifest, made in one rename, noticed when damaged.

Layout below the root: ``programs/NAME/VERSION-KEY/`` with ``manifest.json`` and ``tree/``; ``downloads/`` for archives under
way; ``apt/`` for apt's private state; ``lock``. KEY is a digest of the facts that the entry was made from, so changed facts
never meet an old entry. Root's cache can be read by everybody (services run as another user), a user's only by that user.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from watchkeeper.acquire.version import number
from watchkeeper.workload.failure import WorldFailed

FORMAT = 1
ENTRIES_KEPT = 3
PARTS_KEPT_S = 7 * 24 * 3600.0
_MANIFEST = "manifest.json"
_INCOMING = ".incoming-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A file of an entry. The digest proves it; size, time and inode are enough to see that nobody touched it since."""

    sha256: str
    size_bytes: int
    modified_ns: int
    inode: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an entry is. ``binaries`` and ``assets``: name → path below ``tree``. ``files`` and ``links`` hold all of the tree.

    ``libraries`` and ``programs``: folders below ``tree`` for shared libraries and for programs that start each other.
    ``run_in_tree``: the program finds its own files only when it is started in the tree. ``python``: the interpreter that a
    copy of our engines was made for.
    """

    software: str
    version: str
    key: str
    origin: str
    binaries: Mapping[str, str] = field(default_factory=dict)
    assets: Mapping[str, str] = field(default_factory=dict)
    run_in_tree: bool = False
    libraries: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    python: str = ""
    files: Mapping[str, Stamp] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One program in the cache."""

    folder: Path
    manifest: Manifest

    @property
    def tree(self) -> Path:
        """Where its files are."""
        return self.folder / "tree"


def default_cache() -> Path:
    """``$WATCHKEEPER_CACHE`` if set, else ``/var/cache/watchkeeper`` for root and for others ``$XDG_CACHE_HOME/watchkeeper`` or
    ``~/.cache/watchkeeper``.
    """
    if chosen := os.environ.get("WATCHKEEPER_CACHE"):
        return Path(chosen)
    if os.geteuid() == 0:
        return Path("/var/cache/watchkeeper")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "watchkeeper"


def key_of(facts: object) -> str:
    """Twelve hexadecimal digits that change whenever ``facts`` (a value with a faithful repr) does."""
    return hashlib.sha256(f"{FORMAT}\n{facts!r}".encode()).hexdigest()[:12]


class Cache:
    """All reading and writing of the cache folder."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.shared = os.geteuid() == 0
        self._folder_mode = 0o755 if self.shared else 0o700

    @property
    def programs(self) -> Path:
        """The folder of the entries."""
        return self.root / "programs"

    def prepare(self) -> None:
        """Make the folders. Raises WorldFailed where the cache cannot be written or is not safe to execute from."""
        try:
            for folder in (self.root, self.programs, self.root / "downloads", self.root / "apt"):
                folder.mkdir(parents=True, exist_ok=True)
            status = self.root.stat()
            if status.st_uid != os.geteuid() or status.st_mode & 0o022:
                raise WorldFailed(
                    f"cannot trust the cache folder {self.root}: others can write to it",
                    hint="give it to the user who runs watchkeeper and take write permission from others, or choose another",
                )
            for folder in (self.root, self.programs):
                _set_mode(folder, self._folder_mode)
        except OSError as error:
            raise WorldFailed(
                f"cannot write the cache folder {self.root}: {error.strerror}",
                hint="free space there, or choose another place with WATCHKEEPER_CACHE",
            ) from error

    @contextlib.contextmanager
    def lock(self, *, wait: bool) -> Iterator[bool]:
        """Hold the cache for writing; gives False instead of waiting where another process has it. Ends with the process."""
        handle = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
            yield True
        finally:
            os.close(handle)

    def entries(self) -> tuple[Entry, ...]:
        """Every entry whose manifest can be read, damaged or not."""
        return tuple(
            entry
            for folder in sorted(self.programs.glob("*/*"))
            if not folder.name.startswith(".") and (entry := _read(folder))
        )

    def find(self, software: str, key: str) -> Entry | None:
        """The newest undamaged entry made from the facts of ``key``."""
        folders = (self.programs / software).glob(f"*-{key}")
        found = [entry for folder in folders if (entry := _read(folder)) and entry.manifest.key == key]
        for entry in sorted(found, key=lambda entry: number(entry.manifest.version), reverse=True):
            if intact := self._intact(entry):
                return intact
        return None

    def _intact(self, entry: Entry) -> Entry | None:
        """The entry if its stamps hold, or if they do not but the digests do (a copied cache); then with new stamps."""
        if not damage(entry):
            return entry
        if damage(entry, digests=True):
            return None
        manifest = replace(entry.manifest, files={name: _stamp(entry.tree / name) for name in entry.manifest.files})
        with contextlib.suppress(OSError):
            _write(entry.folder, manifest)
        return replace(entry, manifest=manifest)

    @contextlib.contextmanager
    def incoming(self, software: str) -> Iterator[Path]:
        """A new folder with an empty ``tree/``, to be filled and published; what was not published is removed."""
        parent = self.programs / software
        parent.mkdir(exist_ok=True)
        _set_mode(parent, self._folder_mode)
        folder = Path(tempfile.mkdtemp(prefix=_INCOMING, dir=parent))
        (folder / "tree").mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def publish(self, folder: Path, manifest: Manifest) -> Entry:
        """Make a filled incoming folder the entry of ``manifest``, whose ``files`` and ``links`` are taken from the tree.

        The caller holds the lock. An older folder of the same name, which can only be a damaged one, gives way.
        """
        tree = folder / "tree"
        files, links = _settle(tree, shared=self.shared)
        manifest = replace(manifest, files=files, links=links)
        _write(folder, manifest)
        folder.chmod(self._folder_mode)
        entry = Entry(folder=folder.parent / f"{manifest.version}-{manifest.key}", manifest=manifest)
        if entry.folder.exists():
            aside = Path(tempfile.mkdtemp(prefix=_INCOMING, dir=entry.folder.parent))
            entry.folder.rename(aside / "damaged")
            shutil.rmtree(aside, ignore_errors=True)
        folder.rename(entry.folder)
        self._forget_old(folder.parent)
        return entry

    def _forget_old(self, parent: Path) -> None:
        """Keep the newest entries of a program; older ones could only serve a stack that was started long ago."""
        folders = [folder for folder in parent.iterdir() if not folder.name.startswith(".")]
        for folder in sorted(folders, key=lambda folder: folder.stat().st_mtime, reverse=True)[ENTRIES_KEPT:]:
            shutil.rmtree(folder, ignore_errors=True)

    def sweep(self) -> None:
        """Remove what a killed run left half-made. The caller holds the lock, so nobody is making anything."""
        for folder in (*self.programs.glob(f"*/{_INCOMING}*"), *(self.root / "apt").glob("download-*")):
            shutil.rmtree(folder, ignore_errors=True)
        for part in (self.root / "downloads").iterdir():
            if time.time() - part.stat().st_mtime > PARTS_KEPT_S:
                part.unlink(missing_ok=True)


def damage(entry: Entry, *, digests: bool = False) -> tuple[str, ...]:
    """What is wrong with an entry, for people: files that are missing or changed. With ``digests`` everything is read."""
    wrong: list[str] = []
    for name, expected in entry.manifest.files.items():
        path = os.path.join(entry.tree, name)  # noqa: PTH118 - thousands of files: a Path for each costs more than the stat
        try:
            status = os.stat(path, follow_symlinks=False)  # noqa: PTH116 - the same
        except OSError:
            wrong.append(f"{name} is missing")
            continue
        if status.st_size != expected.size_bytes or not stat.S_ISREG(status.st_mode):
            wrong.append(f"{name} has another size")
        elif digests:
            if _digest(Path(path)) != expected.sha256:
                wrong.append(f"{name} has other content")
        elif status.st_mtime_ns != expected.modified_ns or status.st_ino != expected.inode:
            wrong.append(f"{name} was touched")
    for name, expected_target in entry.manifest.links.items():
        try:
            target = str((entry.tree / name).readlink())
        except OSError:
            target = ""
        if target != expected_target:
            wrong.append(f"{name} leads elsewhere")
    return tuple(wrong)


def size_bytes(entry: Entry) -> int:
    """The sum of the sizes of its files."""
    return sum(stamp.size_bytes for stamp in entry.manifest.files.values())


def _set_mode(folder: Path, mode: int) -> None:
    """chmod where it is needed: a full cache on a read-only file system works."""
    if stat.S_IMODE(folder.stat().st_mode) != mode:
        folder.chmod(mode)


def _settle(tree: Path, *, shared: bool) -> tuple[dict[str, Stamp], dict[str, str]]:
    """Give everything plain permissions (never set-user-id, never writable by others), and list it."""
    files: dict[str, Stamp] = {}
    links: dict[str, str] = {}
    for folder, below, names in os.walk(tree):
        Path(folder).chmod(0o755 if shared else 0o700)
        for name in sorted((*below, *names)):
            path = Path(folder, name)
            relative = str(path.relative_to(tree))
            status = path.lstat()
            if stat.S_ISLNK(status.st_mode):
                links[relative] = str(path.readlink())
            elif stat.S_ISREG(status.st_mode):
                executable = bool(status.st_mode & 0o100)
                path.chmod((0o755 if executable else 0o644) if shared else (0o700 if executable else 0o600))
                files[relative] = _stamp(path)
            elif not stat.S_ISDIR(status.st_mode):
                path.unlink()
    return files, links


def _stamp(path: Path) -> Stamp:
    status = path.stat()
    return Stamp(sha256=_digest(path), size_bytes=status.st_size, modified_ns=status.st_mtime_ns, inode=status.st_ino)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(folder: Path, manifest: Manifest) -> None:
    data: dict[str, Any] = asdict(manifest)
    data["files"] = {n: [s.sha256, s.size_bytes, s.modified_ns, s.inode] for n, s in manifest.files.items()}
    data["format"] = FORMAT
    new = folder / f"{_MANIFEST}.new"
    with new.open("w", encoding="utf-8") as file:
        json.dump(data, file)
        file.flush()
        os.fsync(file.fileno())
    new.replace(folder / _MANIFEST)


def _read(folder: Path) -> Entry | None:
    """The entry in ``folder``, or None where there is no manifest that we understand."""
    try:
        data = json.loads((folder / _MANIFEST).read_bytes())
        if data.pop("format") != FORMAT:
            return None
        data["files"] = {
            name: Stamp(sha256=sha256, size_bytes=size, modified_ns=modified, inode=inode)
            for name, (sha256, size, modified, inode) in data["files"].items()
        }
        data |= {name: tuple(data.get(name, ())) for name in ("libraries", "programs")}
        return Entry(folder=folder, manifest=Manifest(**data))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
