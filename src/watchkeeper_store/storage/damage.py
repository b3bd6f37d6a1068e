"""Files whose inside turns out to be damaged while they are read: they are set aside, so that all else can be answered."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

from watchkeeper_store.model.field_codes import FIELD_PREFIX
from watchkeeper_store.storage.duck import Duck
from watchkeeper_store.storage.segment import Segment
from watchkeeper_store.storage.store import LogStore

_T = TypeVar("_T")


def damage_of(duck: Duck, segment: Segment) -> str | None:
    """Why a segment's rows cannot all be read; None when they can. Reads the whole file."""
    import duckdb

    columns = ["stream", "ts", "line", "level", "metadata", *(f'"{FIELD_PREFIX}{key}"' for key in segment.fields)]
    looks = ", ".join(f"max({column})" for column in columns)
    try:
        with duck.cursor() as cursor:
            found = cursor.execute(f"SELECT count(*), {looks} FROM read_parquet($1)", [str(segment.path)]).fetchone()  # noqa: S608  own names
    except duckdb.OutOfMemoryException:
        return None
    except duckdb.Error as failure:
        return str(failure).splitlines()[0]
    return None if found[0] == segment.rows else f"it has {found[0]} rows where {segment.rows} were written"


def set_aside_damaged(store: LogStore, tenant: str) -> bool:
    """Look into every file of a tenant and set the damaged ones aside; whether there were any."""
    found = False
    for segment in store.segments:
        reason = damage_of(store.duck, segment) if segment.tenant == tenant else None
        if reason is not None and segment in store.segments:  # not merged or dropped meanwhile
            store.set_aside(segment, f"cannot read {segment.path}: {reason}; restore it from a backup or remove it")
            found = True
    return found


def without_damaged(store: LogStore, tenants: Sequence[str], answer: Callable[[], _T]) -> _T:
    """The answer, found again without the damaged files where reading them failed. Raises what the answer raises else."""
    while True:
        try:
            return answer()
        except Exception as failure:
            if not _may_be_damage(failure) or not any(set_aside_damaged(store, tenant) for tenant in tenants):
                raise


def _may_be_damage(failure: Exception) -> bool:
    """Whether DuckDB failed, and neither was told to stop nor ran out of memory. It is not imported to find out."""
    duckdb = sys.modules.get("duckdb")
    if duckdb is None or not isinstance(failure, duckdb.Error):
        return False
    return not isinstance(failure, (duckdb.InterruptException, duckdb.OutOfMemoryException))


def missing_from_answers(store: LogStore, tenants: Sequence[str]) -> tuple[str, ...]:
    """What to tell somebody who asks: how much may be missing. The log and ``/ready`` name the files."""
    files = sum(len(store.unreadable_of.get(tenant, ())) for tenant in tenants)
    if not files:
        return ()
    return (f"the answer may be incomplete: {files} damaged {'file was' if files == 1 else 'files were'} left out",)
