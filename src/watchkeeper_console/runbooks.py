"""The runbooks: Markdown files of a folder, one per alert, named after it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_LARGEST_BYTES = 1 << 20
_TITLE = re.compile(r"^#\s+(.+?)\s*#*\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Runbook:
    """``title`` is the first heading, without one the name."""

    name: str
    title: str
    markdown: str


class Runbooks:
    """What lies in the folder; names are matched against its listing and never joined to a path."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._titles: dict[str, tuple[int, str]] = {}

    def all(self) -> list[tuple[str, str]]:
        """(name, title) of every runbook, by name. Files are read again only when they changed."""
        found: dict[str, tuple[int, str]] = {}
        for name, file in self._files().items():
            try:
                modified_ns = file.stat().st_mtime_ns
                known = self._titles.get(name)
                found[name] = known if known and known[0] == modified_ns else (modified_ns, _title(name, _text(file)))
            except OSError:
                continue
        self._titles = found
        return [(name, title) for name, (_, title) in sorted(found.items())]

    def read(self, name: str) -> Runbook | None:
        """The runbook of that name."""
        file = self._files().get(name)
        if file is None:
            return None
        try:
            markdown = _text(file)
        except OSError:
            return None
        return Runbook(name=name, title=_title(name, markdown), markdown=markdown)

    def _files(self) -> dict[str, Path]:
        if self._folder is None:
            return {}
        try:
            return {file.stem: file for file in self._folder.iterdir() if file.suffix == ".md" and file.is_file()}
        except OSError:
            return {}


def _text(file: Path) -> str:
    with file.open("rb") as stream:
        return stream.read(_LARGEST_BYTES).decode("utf-8", "replace")


def _title(name: str, markdown: str) -> str:
    found = _TITLE.search(markdown)
    return found[1] if found else name
