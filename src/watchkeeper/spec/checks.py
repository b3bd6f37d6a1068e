"""What is wrong between parts of a description that are each right by themselves.

Works on the plain data, so that these mistakes are found together with all others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

from watchkeeper.spec.document import Data, Document, Path, dotted
from watchkeeper.spec.nearest import suggest
from watchkeeper.workload.failure import Mistake

Check: TypeAlias = Callable[[Document], Iterator[Mistake]]

_NAMED_LISTS: tuple[Path, ...] = (("scrape", "jobs"), ("probes", "http"), ("routes", "receivers"))
_FREE_KEYS = {"labels", "match"}
_SECRET_KEY = re.compile(
    r"(?:.*[_-])?(?:password|passwd|passphrase|secret|token|(?:api|routing|service|private)[_-]?key|credentials)", re.IGNORECASE
)
_SECRET_VALUE = re.compile(r"https://(?:hooks\.slack\.com/services|discord(?:app)?\.com/api/webhooks)/.")


def check(document: Document) -> list[Mistake]:
    """Every mistake of this sort, in no particular order."""
    return [mistake for found in CHECKS for mistake in found(document)]


def _names(document: Document, path: Path) -> Iterator[tuple[Path, str]]:
    """The path and text of every ``name`` in a list of mappings."""
    items = document.get(path)
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict) and isinstance(name := item.get("name"), str):
            yield (*path, index, "name"), name


def _names_are_unique(document: Document) -> Iterator[Mistake]:
    for path in _NAMED_LISTS:
        first: dict[str, Path] = {}
        for place, name in _names(document, path):
            if name in first:
                line = document.place(first[name]).line
                yield document.mistake("duplicate-name", place, f"cannot have two {path[-1]} named {name!r} in {path[0]}",
                                       hint=f"the other is in line {line}; rename one")  # fmt: skip
            first.setdefault(name, place)


def _receivers_exist(document: Document) -> Iterator[Mistake]:
    known = [name for _, name in _names(document, ("routes", "receivers"))]
    rules = document.get(("routes", "rules"))
    places: list[Path] = [("routes", "default")]
    places += [("routes", "rules", index, "receiver") for index in range(len(rules) if isinstance(rules, list) else 0)]
    for path in places:
        name = document.get(path)
        if isinstance(name, str) and name not in known:
            hint = suggest(name, known, what="receivers") or "add it under routes.receivers"
            yield document.mistake("unknown-receiver", path, f"cannot send alerts to {name!r}, which is no receiver", hint=hint)


def _no_secret_is_written(document: Document) -> Iterator[Mistake]:
    yield from _secrets(document, document.data, ())


def without_secrets(value: Data) -> Data:
    """The data without the secrets that should not be in it, so that no message can repeat one."""
    if isinstance(value, dict):
        return {
            key: inner if key in _FREE_KEYS else without_secrets(inner)
            for key, inner in value.items()
            if not _is_secret(key, inner)
        }
    return [without_secrets(item) for item in value] if isinstance(value, list) else value


def _is_secret(key: str, value: Data) -> bool:
    return bool(_SECRET_KEY.fullmatch(key)) and isinstance(value, str | int | float) and not isinstance(value, bool)


def _secrets(document: Document, value: Data, path: Path) -> Iterator[Mistake]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if _is_secret(key, inner):
                instead = "file: PATH" if path == ("secrets",) else f"{key}_file: PATH"
                message = f"cannot keep a secret in the description ({dotted((*path, key))})"
                hint = f"put it into a file of its own and write {instead}"
                yield document.mistake("secret-in-file", (*path, key), message, hint=hint, key=True)
            elif key not in _FREE_KEYS:
                yield from _secrets(document, inner, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _secrets(document, item, (*path, index))
    elif isinstance(value, str) and _SECRET_VALUE.match(value):
        yield document.mistake("secret-in-file", path, "cannot keep an address in the description that lets anyone post",
                               hint="put it into a file of its own and write url_file: PATH")  # fmt: skip


CHECKS: tuple[Check, ...] = (_names_are_unique, _receivers_exist, _no_secret_is_written)
