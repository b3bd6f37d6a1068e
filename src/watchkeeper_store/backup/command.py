"""``python -m watchkeeper_store backup --data-dir DIR --to FOLDER``: asks the running store, or copies where none runs."""

from __future__ import annotations

import argparse
import http.client
import os
import shutil
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, cast

from watchkeeper_store.backup import ADDRESS_FILE
from watchkeeper_store.storage.durable import sync_file, sync_folder
from watchkeeper_store.storage.folder_lock import FolderInUse, FolderLock

_PARTS = ("MANIFEST.json", "deletes.json", "segments", "wal", "traces")
_TIMEOUT_S = 600.0


class BackupFailed(RuntimeError):
    """No backup was made; the message begins with "cannot"."""


def backup_command(arguments: Sequence[str]) -> int:
    """Exit code: 0 when the backup is complete and on disk, 1 otherwise, and then there is none."""
    parser = argparse.ArgumentParser(
        prog="watchkeeper_store backup", description="Copy a store's data as it is now, while it runs or not."
    )
    parser.add_argument("--data-dir", required=True, type=Path, metavar="DIR", help="the data folder of the store")
    parser.add_argument("--to", required=True, type=Path, metavar="FOLDER", help="where the copy goes; must not exist yet")
    given = parser.parse_args(arguments)
    try:
        size = backup(given.data_dir, given.to)
    except BackupFailed as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    sys.stdout.write(f"backed up {given.data_dir} to {given.to}, {size} bytes\n")
    return 0


def backup(data_dir: Path, to: Path) -> int:
    """Make a complete copy at ``to`` or none at all; its size in bytes. Raises BackupFailed."""
    if not (data_dir / "LOCK").exists():
        raise BackupFailed(f"cannot back up {data_dir}: it is no data folder of a store")
    if to.exists():
        raise BackupFailed(f"cannot back up to {to}: it exists already; choose a new folder")
    unfinished = to.with_name(f".{to.name}.unfinished-{os.getpid()}")
    try:
        unfinished.mkdir(mode=0o700, parents=True)
        _fill(data_dir, unfinished)
        size = _synced_size(unfinished)
        unfinished.rename(to)
        sync_folder(to.parent)
    except (OSError, http.client.HTTPException, tarfile.TarError) as failure:
        raise BackupFailed(f"cannot back up {data_dir} to {to}: {failure}") from failure
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return size


def _fill(data_dir: Path, folder: Path) -> None:
    try:
        lock = FolderLock(data_dir)
    except FolderInUse:
        _fetch(_address_of(data_dir), folder)
        return
    try:
        _copy(data_dir, folder)
    finally:
        lock.release()


def _address_of(data_dir: Path) -> str:
    try:
        return (data_dir / ADDRESS_FILE).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as failure:
        raise BackupFailed(f"cannot back up {data_dir}: a store runs there, and does not say at which address") from failure


def _fetch(address: str, folder: Path) -> None:
    connection = http.client.HTTPConnection(address, timeout=_TIMEOUT_S)
    try:
        connection.request("POST", "/-/backup")
        response = connection.getresponse()
        if response.status != http.HTTPStatus.OK:
            raise BackupFailed(f"cannot back up through {address}: {response.read().decode('utf-8', 'replace').strip()}")
        with tarfile.open(fileobj=cast("IO[bytes]", response), mode="r|") as archive:
            for member in archive:
                _unpack(archive, member, folder)
    finally:
        connection.close()
    if not (folder / "MANIFEST.json").exists():
        raise BackupFailed(f"cannot back up through {address}: the store broke off")


def _unpack(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """Write one file of the archive. Python 3.11.2 cannot be told to refuse names that lead elsewhere, so that is done here."""
    content = archive.extractfile(member) if member.isfile() else None
    target = folder / member.name
    if content is None or not target.resolve().is_relative_to(folder.resolve()):
        raise BackupFailed(f"cannot unpack {member.name!r}: it is no file of a backup")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with target.open("wb") as file:
        shutil.copyfileobj(content, file)


def _copy(data_dir: Path, folder: Path) -> None:
    for part in _PARTS:
        source = data_dir / part
        if source.is_dir():
            shutil.copytree(source, folder / part)
        elif source.exists():
            shutil.copy2(source, folder / part)


def _synced_size(folder: Path) -> int:
    """Make the copy durable and private; its size in bytes."""
    size = 0
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir():
            path.chmod(0o700)
            sync_folder(path)
        else:
            path.chmod(0o600)
            sync_file(path)
            size += path.stat().st_size
    return size
