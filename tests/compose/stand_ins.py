"""Stand-ins for official images, built from this machine's own programs, for machines that can pull nothing.

Each has the name, the user, the folders and the tools that ``releases.yaml`` says of the real image, and none besides: so the
Compose file that runs with the stand-ins is, byte for byte, the one that runs with the real images.
"""

from __future__ import annotations

import asyncio
import io
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from watchkeeper.acquire.cache import default_cache
from watchkeeper.acquire.model import Acquired
from watchkeeper.acquire.search import acquire
from watchkeeper.targets.compose.image import image_of
from watchkeeper.workload.software import DistributionPackage, Image, OnPath, Software

BUSYBOX = Software(
    name="busybox",
    main="busybox",
    licence="GPL-2.0",
    homepage="https://busybox.net",
    sources=(
        DistributionPackage(
            packages=("busybox",), binaries={"busybox": "bin/busybox"}, version_pattern=r"^(?:\d+:)?(\d+\.\d+\.\d+)"
        ),
    ),
)
APPLETS = {"sh": ("sh", "grep", "test", "cat"), "wget": ("wget",), "nc": ("nc",), "bash": ()}
"""What must exist for a tool of an image, as busybox brings it."""

PYTHON_IMAGE = f"docker.io/library/python:{sys.version_info.major}.{sys.version_info.minor}-slim"


class Layer:
    """A root file system under construction; everything belongs to root unless said otherwise."""

    def __init__(self) -> None:
        self._bytes = io.BytesIO()
        self._tar = tarfile.open(fileobj=self._bytes, mode="w")  # noqa: SIM115 - closed by ``content``
        self._seen: set[str] = set()

    def folder(self, path: str, *, owner: tuple[int, int] = (0, 0), mode: int = 0o755) -> None:
        """A folder and the ones above it."""
        for parent in reversed(Path(path).parents):
            if str(parent) not in {"/", "."} and str(parent) not in self._seen:
                self._entry(str(parent), tarfile.DIRTYPE, mode=0o755)
        self._entry(path, tarfile.DIRTYPE, mode=mode, owner=owner)

    def file(self, path: str, content: bytes, *, mode: int = 0o644) -> None:
        """A file with that content."""
        self.folder(str(Path(path).parent)) if str(Path(path).parent) not in self._seen else None
        self._entry(path, tarfile.REGTYPE, mode=mode, content=content)

    def copy(self, source: Path, path: str = "") -> None:
        """A file of this machine, at the same path or another one."""
        target = path or str(source)
        if target not in self._seen:
            self.file(target, source.read_bytes(), mode=0o755 if source.stat().st_mode & 0o111 else 0o644)

    def link(self, path: str, target: str) -> None:
        """A symbolic link."""
        if path not in self._seen:
            self.folder(str(Path(path).parent)) if str(Path(path).parent) not in self._seen else None
            self._entry(path, tarfile.SYMTYPE, target=target)

    def tree(self, source: Path, *, at: str = "", without: Sequence[str] = ()) -> None:
        """A folder of this machine with everything in it, at the same path or another one."""
        for path in sorted(source.rglob("*")):
            if any(part in without for part in path.relative_to(source).parts):
                continue
            place = f"{at or source}/{path.relative_to(source)}"
            if path.is_symlink():
                self.link(place, str(path.readlink()))
            elif path.is_file():
                self.copy(path, place)

    def programs(self, binaries: Iterable[Path]) -> None:
        """The shared libraries that these need, where they lie on this machine."""
        for binary in binaries:
            for library in shared_libraries(binary):
                self.copy(library.resolve(), str(library))

    def content(self) -> bytes:
        """The finished archive."""
        self._tar.close()
        return self._bytes.getvalue()

    def _entry(
        self,
        path: str,
        kind: bytes,
        *,
        mode: int = 0o777,
        owner: tuple[int, int] = (0, 0),
        content: bytes = b"",
        target: str = "",
    ) -> None:
        self._seen.add(path)
        entry = tarfile.TarInfo(path.lstrip("/"))
        entry.type, entry.mode, entry.linkname, entry.size = kind, mode, target, len(content)
        entry.uid, entry.gid = owner
        self._tar.addfile(entry, io.BytesIO(content))


def shared_libraries(binary: Path) -> Iterator[Path]:
    """As the loader finds them, the loader itself included; none for a static program."""
    done = subprocess.run(["ldd", str(binary)], capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        match = re.search(r"(?:=> )?(/\S+) \(0x", line)
        if match:
            yield Path(match.group(1))


def build_stand_ins(programs: Iterable[Software]) -> list[str]:
    """One image for each program that is not our own; returns their names. Raises WorldFailed for one that cannot be had."""
    wanted = [program for program in programs if any(isinstance(source, Image) for source in program.sources)]
    found = asyncio.run(acquire([*(_local(program) for program in wanted), BUSYBOX], cache=default_cache()))
    busybox = found["busybox"].binaries["busybox"]
    for program in wanted:
        image = image_of(program)
        _load(image.reference, _layer(image, program.main, found[program.name], busybox), image)
    return [image_of(program).reference for program in wanted]


def build_python(busybox: Path | None = None) -> str:
    """A stand-in for the base of our own image: this machine's Python where the official one has it."""
    if busybox is None:
        busybox = asyncio.run(acquire([BUSYBOX], cache=default_cache()))["busybox"].binaries["busybox"]
    layer = _basic(busybox, ("sh",), users={})
    python = Path(sys.executable).resolve()
    library = Path(sysconfig.get_path("stdlib"))
    layer.copy(python)
    layer.tree(library, without=("__pycache__", "test", "idlelib", "ensurepip", "config-3.11-x86_64-linux-gnu", "lib2to3"))
    layer.programs([python, *sorted((library / "lib-dynload").glob("*.so"))])
    # the official image has these, and compiled libraries of ours need them
    for name in ("libstdc++.so.6", "libgcc_s.so.1", "librt.so.1", "libdl.so.2", "libpthread.so.0", "libutil.so.1"):
        for place in sorted(Path("/lib").glob(f"*/{name}")):
            layer.copy(place.resolve(), str(place))
    for name in ("python", "python3"):
        layer.link(f"/usr/local/bin/{name}", str(python))
    layer.file("/etc/ssl/certs/ca-certificates.crt", Path("/etc/ssl/certs/ca-certificates.crt").read_bytes())
    changes = ["ENV PATH=/usr/local/bin:/usr/bin:/bin", "ENV LANG=C.UTF-8"]
    _import(PYTHON_IMAGE, layer.content(), changes)
    return PYTHON_IMAGE


def _local(program: Software) -> Software:
    """Of whatever version this machine has: a stand-in stands for the image's name, not for its release."""
    sources = tuple(
        replace(source, at_least="", below="") if isinstance(source, OnPath | DistributionPackage) else source
        for source in program.sources
        if not isinstance(source, Image)
    )
    return replace(program, sources=sources)


def _basic(busybox: Path, tools: Sequence[str], users: dict[str, str]) -> Layer:
    layer = Layer()
    layer.folder("/tmp", mode=0o1777)
    accounts = {"root": "0:0", "nobody": "65534:65534", **users}
    layer.file("/etc/passwd", "".join(f"{name}:x:{ids}::/:/bin/sh\n" for name, ids in accounts.items()).encode())
    layer.file("/etc/group", "".join(f"{name}:x:{ids.rpartition(':')[2]}:\n" for name, ids in accounts.items()).encode())
    applets = sorted({applet for tool in tools for applet in APPLETS.get(tool, ())})
    if applets:
        layer.copy(busybox, "/bin/busybox")
        layer.programs([busybox])
    for applet in applets:
        layer.link(f"/bin/{applet}", "/bin/busybox")
    return layer


def _layer(image: Image, name: str, program: Acquired, busybox: Path) -> Layer:
    uid, _, gid = image.user.partition(":")
    layer = _basic(busybox, image.tools, {"service": image.user} if image.user != "65534:65534" else {})
    main = program.binaries[name]
    layer.copy(main, image.program[0] if image.program else f"/bin/{main.name}")
    for tool, path in program.binaries.items():
        layer.copy(path, f"/usr/local/bin/{tool}")
    layer.programs([main, *program.binaries.values()])
    for asset, path in program.assets.items():
        layer.copy(path, image.assets.get(asset, str(path)))
    share = program.root / "usr" / "share"
    if share.is_dir():
        # a name that is compiled into a program was made relative, and a container starts in its root
        layer.tree(share, at="/usr/share", without=("doc", "man", "lintian"))
    for folder in image.volumes.values():
        layer.folder(folder, owner=(int(uid), int(gid or uid)))
    return layer


def _load(reference: str, layer: Layer, image: Image) -> None:
    changes = ["ENV PATH=/usr/local/bin:/usr/bin:/bin", f"USER {image.user}"]
    if image.program:
        words = ", ".join(f'"{word}"' for word in image.program)
        changes.append(f"ENTRYPOINT [{words}]")
    _import(reference, layer.content(), changes)


def _import(reference: str, content: bytes, changes: Sequence[str]) -> None:
    docker = shutil.which("docker")
    if docker is None:
        raise FileNotFoundError("docker")
    words = [word for change in changes for word in ("--change", change)]
    subprocess.run([docker, "import", *words, "-", reference], input=content, capture_output=True, check=True)
