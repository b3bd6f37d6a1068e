"""What is wrong between parts of a description that are each right by themselves.

Works on the plain data, so that these mistakes are found together with all others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from watchkeeper.spec.document import Document, KeyPath, dotted
from watchkeeper.spec.nearest import suggest
from watchkeeper.spec.secrecy import written_secrets
from watchkeeper.workload.failure import Mistake

Check: TypeAlias = Callable[[Document], Iterator[Mistake]]

_NAMED_LISTS: tuple[KeyPath, ...] = (
    ("scrape", "jobs"),
    ("probes", "http"),
    ("routes", "receivers"),
    ("routes", "teams"),
    ("routes", "times"),
    ("routes", "maintenance"),
)
INBOX = "inbox"
"""The platform's own receiver of last resort; routes may lead to it."""


def check(document: Document) -> list[Mistake]:
    """Every mistake of this sort, in no particular order."""
    return [mistake for found in CHECKS for mistake in found(document)]


def _names(document: Document, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """The path and text of every ``name`` in a list of mappings."""
    items = document.get(path)
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict) and isinstance(name := item.get("name"), str):
            yield (*path, index, "name"), name


def _names_are_unique(document: Document) -> Iterator[Mistake]:
    for path in _NAMED_LISTS:
        first: dict[str, KeyPath] = {}
        for place, name in _names(document, path):
            if name in first:
                hint = f"it stands in line {document.place(first[name]).line} already; rename one"
                yield document.mistake(
                    "duplicate-name", place, f"cannot use the name {name!r} twice in {dotted(path)}", hint=hint
                )
            first.setdefault(name, place)


def _receivers_exist(document: Document) -> Iterator[Mistake]:
    known = [name for _, name in _names(document, ("routes", "receivers"))]
    for path in _named_receivers(document):
        name = document.get(path)
        if isinstance(name, str) and name not in known and (name != INBOX or path == ("routes", "watchdog", "receiver")):
            hint = suggest(name, known, what="receivers") or "add it under routes.receivers"
            yield document.mistake("unknown-receiver", path, f"cannot send alerts to {name!r}, which is no receiver", hint=hint)


def _named_receivers(document: Document) -> Iterator[KeyPath]:
    """Every place below routes that names a receiver."""
    yield ("routes", "default")
    yield ("routes", "watchdog", "receiver")
    for rule in _items(document, ("routes", "rules")):
        yield (*rule, "receiver")
        yield (*rule, "escalate", "receiver")
        yield from _items(document, (*rule, "also"))
    for team in _items(document, ("routes", "teams")):
        yield (*team, "escalate", "receiver")
        for severity in ("critical", "warning", "info"):
            yield from _items(document, (*team, severity))


def _items(document: Document, path: KeyPath) -> Iterator[KeyPath]:
    found = document.get(path)
    yield from ((*path, index) for index in range(len(found) if isinstance(found, list) else 0))


def _times_exist(document: Document) -> Iterator[Mistake]:
    known = [name for _, name in _names(document, ("routes", "times"))]
    for rule in _items(document, ("routes", "rules")):
        for key in ("only_during", "not_during"):
            for path in _items(document, (*rule, key)):
                name = document.get(path)
                if isinstance(name, str) and name not in known:
                    hint = suggest(name, known, what="times") or "add it under routes.times"
                    yield document.mistake("unknown-times", path, f"cannot find the times {name!r}", hint=hint)


CHECKS: tuple[Check, ...] = (_names_are_unique, _receivers_exist, _times_exist, written_secrets)
