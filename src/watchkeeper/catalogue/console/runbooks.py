"""The runbooks that the console shows: ``docs/runbooks`` of a source checkout, or their copy in an installed package."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

_COPY = "runbooks"
"""Beside the catalogue in a wheel; see ``force-include`` in pyproject.toml."""


class NoRunbooks(Exception):
    """The package was built without them."""


@cache
def runbooks() -> dict[str, str]:
    """Name → Markdown, sorted by name. Raises NoRunbooks."""
    for folder in (files("watchkeeper.catalogue") / _COPY, Path(__file__).parents[4] / "docs" / "runbooks"):
        if folder.is_dir():
            found = [entry for entry in folder.iterdir() if entry.name.endswith(".md")]
            return {entry.name.removesuffix(".md"): entry.read_text("utf-8") for entry in sorted(found, key=lambda e: e.name)}
    raise NoRunbooks("cannot find the runbooks: this package was built without them")
