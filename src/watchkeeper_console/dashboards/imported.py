"""The imported dashboards, with the versions before."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from watchkeeper_console.dashboards.document import Listing
from watchkeeper_console.identity.database import Clock

VERSIONS_KEPT = 20
AT_MOST = 2000


class Exists(Exception):
    """There is one of that uid already."""


class Full(Exception):
    """There are as many as may be kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """``updated_at`` in unix seconds."""

    listing: Listing
    folder: str
    version: int
    updated_at: float
    updated_by: str


_SELECT = "SELECT uid, title, description, tags, folder, version, updated_at, updated_by FROM dashboard"


class Imported:
    """Dashboards in the database, compressed."""

    def __init__(self, database: sqlite3.Connection, now: Clock) -> None:
        self._database = database
        self._now = now

    def all(self) -> list[Kept]:
        """Every imported dashboard."""
        return [_kept(row) for row in self._database.execute(_SELECT)]

    def find(self, uid: str) -> Kept | None:
        """The entry of ``uid``."""
        row = self._database.execute(_SELECT + " WHERE uid = ?", (uid,)).fetchone()
        return _kept(row) if row else None

    def read(self, uid: str, version: int | None = None) -> bytes | None:
        """Its JSON, the newest or that ``version``."""
        row = self._database.execute(
            "SELECT content FROM dashboard_version WHERE uid = ?1 AND version = coalesce(?2,"
            " (SELECT version FROM dashboard WHERE uid = ?1))",
            (uid, version),
        ).fetchone()
        return None if row is None else zlib.decompress(row[0])

    def versions(self, uid: str) -> Sequence[tuple[int, float, str]]:
        """Number, time and author of the kept versions, the newest first."""
        rows = self._database.execute(
            "SELECT version, saved_at, saved_by FROM dashboard_version WHERE uid = ? ORDER BY version DESC", (uid,)
        )
        return [(version, at, by) for version, at, by in rows]

    def save(self, listing: Listing, content: bytes, *, folder: str, by: str, overwrite: bool) -> int:
        """Keep it, and return its version. Raises Exists and Full."""
        before = self.find(listing.uid)
        if before is not None and not overwrite:
            raise Exists(listing.uid)
        if before is None and self._database.execute("SELECT count(*) FROM dashboard").fetchone()[0] >= AT_MOST:
            raise Full
        version, now = (before.version if before else 0) + 1, self._now()
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.execute(
                "INSERT INTO dashboard (uid, folder, version, title, description, tags, updated_at, updated_by)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (uid) DO UPDATE SET folder = excluded.folder,"
                " version = excluded.version, title = excluded.title, description = excluded.description, tags = excluded.tags,"
                " updated_at = excluded.updated_at, updated_by = excluded.updated_by",
                (listing.uid, folder, version, listing.title, listing.description, json.dumps(listing.tags), now, by),
            )
            self._database.execute(
                "INSERT INTO dashboard_version VALUES (?, ?, ?, ?, ?)", (listing.uid, version, now, by, zlib.compress(content))
            )
            self._database.execute(
                "DELETE FROM dashboard_version WHERE uid = ? AND version <= ?", (listing.uid, version - VERSIONS_KEPT)
            )
        return version

    def delete(self, uid: str) -> None:
        """Delete it with all versions."""
        self._database.execute("DELETE FROM dashboard WHERE uid = ?", (uid,))


def _kept(row: tuple[str, str, str, str, str, int, float, str]) -> Kept:
    uid, title, description, tags, folder, version, updated_at, updated_by = row
    return Kept(
        listing=Listing(uid=uid, title=title, description=description, tags=tuple(json.loads(tags))),
        folder=folder,
        version=version,
        updated_at=updated_at,
        updated_by=updated_by,
    )
