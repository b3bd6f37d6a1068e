"""A read description file: plain data, and for each key and value the place where it was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from watchkeeper.spec.kinds import KINDS
from watchkeeper.workload.failure import Mistake

Data: TypeAlias = "bool | int | float | str | list[Data] | dict[str, Data] | None"
KeyPath: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """Where something starts; both count from 1. ``file``: another one than the document's own."""

    line: int
    column: int
    file: str = ""


START = Place(line=1, column=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """``data`` is what the file says, with nothing filled in. ``values`` and ``keys`` lead from a path to its place.

    ``mistakes`` are those of the text that did not stop it from being read, such as a key written twice.
    """

    file: str
    data: dict[str, Data]
    values: Mapping[KeyPath, Place]
    keys: Mapping[KeyPath, Place]
    mistakes: tuple[Mistake, ...] = ()

    def place(self, path: KeyPath, *, key: bool = False) -> Place:
        """Where the value at ``path`` starts, or with ``key`` the key that leads to it.

        A path that is not in the file gives the place of the nearest parent that is: its key, since that is what a reader
        looks for.
        """
        if key and path in self.keys:
            return self.keys[path]
        if path in self.values:
            return self.values[path]
        while path := path[:-1]:
            if path in self.keys:
                return self.keys[path]
            if path in self.values:
                return self.values[path]
        return self.values.get((), START)

    def get(self, path: KeyPath) -> Data:
        """The value at ``path``, or None where the file says nothing."""
        found: Data = self.data
        for step in path:
            if isinstance(found, dict) and isinstance(step, str):
                found = found.get(step)
            elif isinstance(found, list) and isinstance(step, int) and step < len(found):
                found = found[step]
            else:
                return None
        return found

    def mistake(self, kind: str, path: KeyPath, message: str, *, hint: str = "", key: bool = False) -> Mistake:
        """A mistake at ``path``. ``kind`` must stand in ``KINDS``; ``message`` starts with "cannot"."""
        if kind not in KINDS or not message.startswith("cannot "):
            raise ValueError(f"not a mistake we may report: {kind}: {message}")
        place = self.place(path, key=key)
        return Mistake(
            file=place.file or self.file, line=place.line, column=place.column, kind=kind, message=message, hint=hint
        )


def dotted(path: KeyPath) -> str:
    """``scrape.jobs[0].interval``: how a person names a path."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")
