"""The one file that says which segments count and from which write-ahead file on rows are not yet in them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from watchkeeper_store.storage.durable import write_durably

_VERSION = 1
MANIFEST_NAME = "MANIFEST.json"


class ManifestUnreadable(RuntimeError):
    """The manifest exists and cannot be read: starting would mean to forget data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """``segments`` are names below ``segments/``; replay starts at the file numbered ``wal_from``."""

    wal_from: int = 1
    next_segment: int = 1
    segments: tuple[str, ...] = field(default=())


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a data folder; an empty one where there is none yet. Raises ManifestUnreadable."""
    path = folder / MANIFEST_NAME
    try:
        content = json.loads(path.read_bytes())
        if content["version"] != _VERSION:
            raise ManifestUnreadable(f"cannot use {path}: its format is {content['version']}, this program reads {_VERSION}")
        return Manifest(
            wal_from=int(content["wal_from"]), next_segment=int(content["next_segment"]), segments=tuple(content["segments"])
        )
    except FileNotFoundError:
        return Manifest()
    except (OSError, ValueError, KeyError, TypeError) as failure:
        raise ManifestUnreadable(f"cannot read {path}: {failure}; restore it from a backup") from failure


def manifest_content(manifest: Manifest) -> bytes:
    """The file of a manifest."""
    content = {
        "version": _VERSION,
        "wal_from": manifest.wal_from,
        "next_segment": manifest.next_segment,
        "segments": list(manifest.segments),
    }
    return json.dumps(content, indent=1).encode()


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace the manifest in one step; this is the moment at which a flush, a compaction or a retention takes effect."""
    write_durably(folder / MANIFEST_NAME, manifest_content(manifest))
