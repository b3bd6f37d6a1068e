"""Stand-ins for official images, built from this machine's own programs, for machines that can pull nothing.

Each has the name, the user, the folders and the tools that ``releases.yaml`` says of the real image, and none besides: so the
Compose file that runs with the stand-ins is, byte for byte, the one that runs with the real images.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from tests.compose.layer import Layer
from tests.compose.official_images import CONTENTS, ENVIRONMENT, NEEDS_PYTHON

from watchkeeper.acquire.cache import default_cache
from watchkeeper.acquire.model import Acquired
from watchkeeper.acquire.search import acquire
from watchkeeper.targets.compose.image import image_of
from watchkeeper.workload.failure import WorldFailed
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
_TEXT = ("awk", "cat", "date", "expr", "grep", "head", "printf", "sed", "sort", "test", "tr", "wc")
_FILES = ("basename", "chmod", "df", "dirname", "env", "ls", "mkdir", "mktemp", "readlink", "rm")
_MACHINE = ("hostname", "id", "kill", "ps", "sleep", "timeout", "uname")
APPLETS = {"sh": ("sh", *_TEXT, *_FILES, *_MACHINE), "wget": ("wget",), "nc": ("nc",), "bash": ()}
"""What must exist for a tool of an image, as busybox brings it: no image has a shell without the usual programs."""
_PATH = "/usr/local/bin:/usr/bin:/bin"

PYTHON_IMAGE = f"docker.io/library/python:{sys.version_info.major}.{sys.version_info.minor}-slim"


def build_stand_ins(programs: Iterable[Software]) -> list[str]:
    """One image for each program that is not our own, and the base of ours; returns their names.

    Raises WorldFailed for a program that cannot be had.
    """
    wanted = [program for program in programs if any(isinstance(source, Image) for source in program.sources)]
    found = asyncio.run(acquire([*(_local(program) for program in wanted), BUSYBOX], cache=default_cache()))
    busybox = found["busybox"].binaries["busybox"]
    # the engine unpacks what it is given while the next one is put together
    with ThreadPoolExecutor(max_workers=3, thread_name_prefix="stand-in") as pool:
        made = [pool.submit(_build, image_of(program), found[program.name], busybox) for program in wanted]
        made.append(pool.submit(_build_python, busybox))
        return [one.result() for one in made]


def _build_python(busybox: Path) -> str:
    """The base of our own image: this machine's Python where the official one has it."""
    layer = _basic(busybox, ("sh",), users={})
    _add_python(layer)
    _import(PYTHON_IMAGE, layer.content(), ["ENV PATH=/usr/local/bin:/usr/bin:/bin", "ENV LANG=C.UTF-8"])
    return PYTHON_IMAGE


def _add_python(layer: Layer) -> None:
    python = Path(sys.executable).resolve()
    library = Path(sysconfig.get_path("stdlib"))
    layer.copy(python)
    left_out = ("__pycache__", "test", "idlelib", "ensurepip", "lib2to3", *(path.name for path in library.glob("config-*")))
    layer.tree(library, without=left_out)
    layer.programs([python, *sorted((library / "lib-dynload").glob("*.so"))])
    # the official image has these, and compiled libraries of ours need them
    for name in ("libstdc++.so.6", "libgcc_s.so.1", "librt.so.1", "libdl.so.2", "libpthread.so.0", "libutil.so.1"):
        for place in sorted(Path("/lib").glob(f"*/{name}")):
            layer.copy(place.resolve(), str(place))
    for name in ("python", "python3"):
        layer.link(f"/usr/local/bin/{name}", str(python))
    layer.file("/etc/ssl/certs/ca-certificates.crt", Path("/etc/ssl/certs/ca-certificates.crt").read_bytes())


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


def _build(image: Image, program: Acquired, busybox: Path) -> str:
    name = program.software
    layer = _basic(busybox, image.tools, {"service": image.user} if image.user != "65534:65534" else {})
    if name in NEEDS_PYTHON:
        _add_python(layer)
    CONTENTS.get(name, _plain)(layer, program)
    if name not in CONTENTS and image.program and image.program[0].startswith("/"):
        layer.link(image.program[0], f"/usr/local/bin/{name}")
    for asset, path in program.assets.items():
        if asset in image.assets:
            layer.copy(path, image.assets[asset])
    uid, _, gid = image.user.partition(":")
    for folder in image.volumes.values():
        layer.folder(folder, owner=(int(uid), int(gid or uid)))
    changes = [f"ENV {key}={value}" for key, value in {"PATH": _PATH, **ENVIRONMENT.get(name, {})}.items()]
    changes.append(f"USER {image.user}")
    _import(image.reference, layer.content(), changes)
    return image.reference


def _plain(layer: Layer, program: Acquired) -> None:
    """One program with its tools and what lies beside it."""
    for tool, path in program.binaries.items():
        layer.copy(path, f"/usr/local/bin/{tool}")
    layer.programs(program.binaries.values(), root=program.root, environment=program.environment)
    share = program.root / "usr" / "share"
    if share.is_dir():
        # a name that is compiled into a program was made relative, and a container starts in its root
        layer.tree(share, at="/usr/share", without=("doc", "man", "lintian"))


def _import(reference: str, content: bytes, changes: Sequence[str]) -> None:
    docker = shutil.which("docker")
    if docker is None:
        raise FileNotFoundError("docker")
    words = [word for change in changes for word in ("--change", change)]
    done = subprocess.run([docker, "import", *words, "-", reference], input=content, capture_output=True, check=False)
    if done.returncode:
        raise WorldFailed(f"cannot import {reference}: {done.stderr.decode(errors='replace').strip()}")
