"""Where things lie in the data folder: ``MANIFEST.json``, ``LOCK``, ``wal/``, ``segments/<tenant>/<day>/<number>.parquet``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, unquote

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths below one data folder."""

    root: Path

    @property
    def wal(self) -> Path:
        return self.root / "wal"

    @property
    def segments(self) -> Path:
        return self.root / "segments"

    @property
    def scratch(self) -> Path:
        return self.root / "scratch"

    def segment_name(self, tenant: str, day: str, number: int) -> str:
        """``tenant/2026-11-21/0000000042``; the tenant is percent-encoded so that it can never leave the folder."""
        folder = quote(tenant, safe="-_!'()*").replace(".", "%2E")
        return f"{folder}/{day}/{number:010d}"

    def tenant_of(self, name: str) -> str:
        return unquote(name.split("/", 1)[0])

    def make_folder(self, folder: Path) -> None:
        """Create a folder and those above it, readable by the owner only."""
        for parent in (*reversed(folder.relative_to(self.root).parents), folder.relative_to(self.root)):
            (self.root / parent).mkdir(mode=0o700, exist_ok=True)

    def remove_strays(self, known: set[str]) -> None:
        """Remove what an interrupted write left: files that no manifest names, and folders that became empty."""
        for path in self.segments.rglob("*"):
            if path.is_file() and str(path.relative_to(self.segments).with_suffix("")) not in known:
                path.unlink()
        for folder in sorted((p for p in self.segments.rglob("*") if p.is_dir()), reverse=True):
            if not any(folder.iterdir()):
                folder.rmdir()
        for path in self.scratch.iterdir():
            if path.is_file():
                path.unlink()


def day_name(day: int) -> str:
    """The folder of a day that is counted from the epoch."""
    try:
        return (_EPOCH + timedelta(days=day)).date().isoformat()
    except OverflowError:
        return f"day{day}"


def open_layout(folder: Path) -> Layout:
    """The layout of a data folder, created where it is missing."""
    layout = Layout(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for part in (layout.wal, layout.segments, layout.scratch):
        part.mkdir(mode=0o700, exist_ok=True)
    return layout
