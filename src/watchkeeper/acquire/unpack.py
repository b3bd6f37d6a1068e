"""Takes files out of archives into a folder, and nothing else: no links, no devices, nothing outside the folder."""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from watchkeeper.acquire.model import SourceFailed

_LARGEST_FILE_BYTES = 2 * 1024**3


def unpack_tar(archive: Path, tree: Path, *, wanted: Collection[str]) -> None:
    """Write the ``wanted`` members of a tar file, and every licence and notice, below ``tree``.

    Written out by hand because the safe filter of ``tarfile`` is missing from the Python of Debian 12 (3.11.2). Raises
    SourceFailed for a wanted member that is missing, is no plain file, or would land outside.
    """
    missing = set(wanted)
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                name = str(PurePosixPath(member.name))
                if name not in wanted and PurePosixPath(name).name not in ("LICENSE", "NOTICE"):
                    continue
                _write(tar, member, tree)
                missing.discard(name)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise SourceFailed(f"cannot unpack {archive.name}: {error}") from error
    if missing:
        raise SourceFailed(f"cannot find {', '.join(sorted(missing))} in {archive.name}")


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, tree: Path) -> None:
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts:
        raise SourceFailed(f"cannot unpack {member.name}: it would land outside the folder")
    source = tar.extractfile(member) if member.isreg() else None
    if source is None or member.size > _LARGEST_FILE_BYTES:
        raise SourceFailed(f"cannot unpack {member.name}: it is not a plain file of a sane size")
    target = tree / path
    target.parent.mkdir(parents=True, exist_ok=True)
    # "x": an archive that holds the same name twice is refused, and a link that is in the way is never followed.
    with source, target.open("xb") as file:
        shutil.copyfileobj(source, file, 1024 * 1024)
    target.chmod(0o755 if member.mode & 0o100 else 0o644)
