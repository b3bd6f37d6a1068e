"""Environments: the same description with some keys different, laid over it key by key.

A mapping is merged with the mapping below it; anything else replaces what is there; a key without a value takes it away, so
that its default holds again. Every value keeps the place where it was written, so a mistake names the overlay's own line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from watchkeeper.spec.describe import examine
from watchkeeper.spec.document import Data, Document, KeyPath, Place
from watchkeeper.spec.nearest import suggest
from watchkeeper.workload.failure import Mistake, MistakesFound

SECTION = "environments"


def with_environments(document: Document, names: Sequence[str], beside: Mapping[str, Document]) -> Document:
    """The description in these environments, the later over the earlier.

    Each is taken from the section ``environments`` and then from the file ``beside`` it, by name; one of the two must be
    there. Raises MistakesFound for a name that neither defines.
    """
    merged = document
    for name in names:
        overlays = [overlay for overlay in (_section(document, name), beside.get(name)) if overlay is not None]
        if not overlays:
            raise MistakesFound([_unknown(document, name, beside)])
        for overlay in overlays:
            merged = laid_over(merged, overlay)
    return merged


def with_unchosen_checked(document: Document, names: Sequence[str]) -> Document:
    """The document with the mistakes that environments of its own file would show if they were chosen."""
    _, seen = examine(document)
    known = set(seen)
    found = [
        mistake
        for name in _defined(document)
        if name not in names and (overlay := _section(document, name)) is not None
        for mistake in examine(laid_over(document, overlay))[1]
        if mistake not in known
    ]
    return replace(document, mistakes=(*document.mistakes, *dict.fromkeys(found)))


def laid_over(base: Document, overlay: Document) -> Document:
    """``overlay`` over ``base``. What stands in neither file's way keeps its place."""
    values, keys = dict(base.values), dict(base.keys)
    data = _merged(base.data, overlay, (), values, keys)
    return replace(
        base,
        data=data if isinstance(data, dict) else {},
        values=values,
        keys=keys,
        mistakes=(*base.mistakes, *overlay.mistakes),
    )


def _merged(below: Data, overlay: Document, path: KeyPath, values: dict[KeyPath, Place], keys: dict[KeyPath, Place]) -> Data:
    above = overlay.get(path)
    if not isinstance(above, dict) or not isinstance(below, dict):
        _forget(path, values, keys)
        _remember(path, overlay, values, keys)
        return above
    found = dict(below)
    for key, value in above.items():
        inner = (*path, key)
        if not path and key == SECTION:
            continue  # environments do not nest
        if value is None:
            found.pop(key, None)
            _forget(inner, values, keys)
            continue
        found[key] = _merged(below.get(key), overlay, inner, values, keys)
        if inner in overlay.keys:
            keys[inner] = _placed(overlay, overlay.keys[inner])
    return found


def _forget(path: KeyPath, values: dict[KeyPath, Place], keys: dict[KeyPath, Place]) -> None:
    for places in (values, keys):
        for known in [known for known in places if known[: len(path)] == path and known != ()]:
            del places[known]


def _remember(path: KeyPath, overlay: Document, values: dict[KeyPath, Place], keys: dict[KeyPath, Place]) -> None:
    for places, source in ((values, overlay.values), (keys, overlay.keys)):
        places.update({known: _placed(overlay, place) for known, place in source.items() if known[: len(path)] == path})


def _placed(overlay: Document, place: Place) -> Place:
    return place if place.file else replace(place, file=overlay.file)


def _section(document: Document, name: str) -> Document | None:
    """An environment of the description's own file as a document of its own, each value in its place."""
    prefix: KeyPath = (SECTION, name)
    data = document.get(prefix)
    if prefix not in document.keys:
        return None
    return Document(
        file=document.file,
        data=data if isinstance(data, dict) else {},
        values={path[2:]: place for path, place in document.values.items() if path[:2] == prefix},
        keys={path[2:]: place for path, place in document.keys.items() if path[:2] == prefix and len(path) > 2},
    )


def _defined(document: Document) -> Iterator[str]:
    section = document.get((SECTION,))
    yield from section if isinstance(section, dict) else ()


def _unknown(document: Document, name: str, beside: Mapping[str, Document]) -> Mistake:
    known = sorted({*_defined(document), *beside})
    hint = suggest(name, known, what="environments") if known else f"add it under {SECTION}, or write a file of its own"
    return document.mistake("unknown-environment", (SECTION,), f"cannot find the environment {name!r}", hint=hint)
