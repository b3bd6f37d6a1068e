"""Which attributes there are, and which values they have: for completion."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from watchkeeper_store.traceql.tree import INTRINSICS, SHORT_NAMES, Filter, Pipeline
from watchkeeper_store.traces.columns import SpanTable, Value, dense
from watchkeeper_store.traces.conditions import decide
from watchkeeper_store.traces.plain import SCOPES

MOST_VALUES = 5000
_FIXED = {
    "name": "name", "span:name": "name", "rootName": "name", "trace:rootName": "name",
    "statusMessage": "message", "span:statusMessage": "message",
    "resource.service.name": "service", "rootServiceName": "service", "trace:rootService": "service",
}  # fmt: skip
"""Tags that are columns of their own."""
_STATUS = ("error", "ok", "unset")
_KIND = ("client", "consumer", "internal", "producer", "server", "unspecified")


def names(tables: Sequence[SpanTable], scope: str = "") -> dict[str, list[str]]:
    """Scope → sorted names of its attributes, of one scope or all; ``intrinsic`` is a scope too."""
    found: dict[str, set[str]] = {one: set() for one in SCOPES}
    for table in tables:
        for place, name in table.known_keys():
            if not name.startswith(":"):
                found[place].add(name)
    all_scopes = {one: sorted(members) for one, members in found.items()}
    all_scopes["intrinsic"] = sorted({*SHORT_NAMES, *(name for name in INTRINSICS if ":" in name)} - {"parent"})
    return {one: members for one, members in all_scopes.items() if scope in {"", one}}


def values(tables: Sequence[SpanTable], tag: str, query: Pipeline | None, most: int = MOST_VALUES) -> list[Value]:
    """Different values of a tag as it is written in TraceQL, of the spans that the query's first filter lets through."""
    if tag in {"status", "span:status"}:
        return list(_STATUS)
    if tag in {"kind", "span:kind"}:
        return list(_KIND)
    found: dict[tuple[type, Value], Value] = {}
    first = query.stages[0] if query is not None else None
    for table in tables:
        mask = decide(first, table).mask if isinstance(first, Filter) and first.condition is not None else None
        for value in _of_table(table, tag, mask):
            found.setdefault((type(value), value), value)
            if len(found) >= most:
                break
    return sorted(found.values(), key=lambda value: (str(type(value)), value))


def _of_table(table: SpanTable, tag: str, mask: np.ndarray[tuple[int], np.dtype[np.bool_]] | None) -> list[Value]:
    columns = table.columns
    fixed = _FIXED.get(tag)
    if fixed is not None:
        chosen = columns.of(fixed)
        if tag.startswith(("root", "trace:root")):
            chosen = chosen[(columns.parent == 0) & (mask if mask is not None else True)]
        elif mask is not None:
            chosen = chosen[mask]
        return [table.dictionary[code] for code in dense(chosen)[0].tolist()]
    made: list[Value] = []
    for scope, name in _places(tag):
        found = table.values((scope, name))
        if found is not None:
            codes = found.codes if mask is None else found.codes[mask[found.rows]]
            made += [found.dictionary[code] for code in dense(codes)[0].tolist()]
    return made


def _places(tag: str) -> list[tuple[str, str]]:
    scope, dot, name = tag.partition(".")
    if dot and scope in SCOPES:
        return [(scope, name)]
    scope, colon, name = tag.partition(":")
    if colon and scope in SCOPES:
        return [(scope, f":{name}")]
    return [(one, tag.removeprefix(".")) for one in SCOPES]


def operations_of(tables: Sequence[SpanTable], service: str) -> list[tuple[str, int]]:
    """(name, kind) of a service's different spans, sorted."""
    found: set[tuple[str, int]] = set()
    for table in tables:
        columns = table.columns
        code = table.code_of(service)
        if code is None:
            continue
        chosen = np.flatnonzero(columns.service == code)
        pairs = np.unique(columns.name[chosen].astype(np.int64) * 8 + columns.kind[chosen])
        found |= {(str(table.dictionary[pair // 8]), pair % 8) for pair in pairs.tolist()}
    return sorted(found)
