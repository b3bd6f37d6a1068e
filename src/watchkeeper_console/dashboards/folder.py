"""The provisioned dashboards: ``UID.json`` files that somebody else writes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from watchkeeper_console.dashboards.document import LARGEST_BYTES, Listing, NotADashboard, listing_of, pack
from watchkeeper_console.logfmt import say


@dataclass(frozen=True, slots=True)
class _Known:
    modified_ns: int
    listing: Listing | None
    folder: str


class ProvisionedFolder:
    """Looks at its files again on every list; reads only those that changed. Contents are read when asked for."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._known: dict[Path, _Known] = {}

    def all(self) -> Mapping[str, tuple[Listing, str, float]]:
        """uid → entry, folder's name ("" at the top) and the time it was written (unix seconds)."""
        files = self._look()
        return {
            known.listing.uid: (known.listing, known.folder, known.modified_ns / 1e9)
            for _, known in sorted(files.items(), reverse=True)
            if known.listing is not None
        }

    def read(self, uid: str) -> tuple[bytes, str, float] | None:
        """The JSON of that uid, its folder's name and when it was written."""
        for file, known in self._look().items():
            if known.listing is not None and known.listing.uid == uid:
                document = _parse(file)
                return None if document is None else (pack(document), known.folder, known.modified_ns / 1e9)
        return None

    def _look(self) -> Mapping[Path, _Known]:
        if self._folder is None:
            return {}
        found: dict[Path, _Known] = {}
        for file in sorted(self._folder.rglob("*.json")):
            try:
                modified_ns = file.stat().st_mtime_ns
            except OSError:
                continue
            known = self._known.get(file)
            if known is None or known.modified_ns != modified_ns:
                parent = file.parent.relative_to(self._folder).as_posix()
                known = _Known(modified_ns, _listing(file), "" if parent == "." else parent)
            found[file] = known
        self._known = found
        return found


def _listing(file: Path) -> Listing | None:
    document = _parse(file)
    if document is None:
        return None
    try:
        return listing_of(document)
    except NotADashboard as error:
        say("a provisioned file is left out", level=30, file=file, reason=error)
        return None


def _parse(file: Path) -> dict[str, Any] | None:
    try:
        if file.stat().st_size > LARGEST_BYTES:
            raise ValueError(f"it is larger than {LARGEST_BYTES} bytes")
        document = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        say("cannot read a provisioned dashboard", level=30, file=file, reason=error)
        return None
    return document if isinstance(document, dict) else None
