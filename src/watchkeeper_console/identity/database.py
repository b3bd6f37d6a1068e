"""The SQLite file with everything the console keeps. Opening and the table layout; the questions are asked by their owners."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

Clock: TypeAlias = Callable[[], float]
"""Seconds since 1970."""

_LAYOUT = (
    """
    CREATE TABLE instance (secret BLOB NOT NULL);
    CREATE TABLE account (
        name TEXT PRIMARY KEY,
        password_hash TEXT NOT NULL,
        changed_at REAL NOT NULL
    );
    CREATE TABLE session (
        key TEXT PRIMARY KEY,
        account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
        id_hash BLOB NOT NULL UNIQUE,
        previous_id_hash BLOB,
        rotated_at REAL NOT NULL,
        confirmed INTEGER NOT NULL,
        created_at REAL NOT NULL,
        seen_at REAL NOT NULL
    );
    CREATE INDEX session_by_previous_id ON session (previous_id_hash);
    CREATE INDEX session_by_account ON session (account);
    """,
    """
    ALTER TABLE account ADD COLUMN role TEXT NOT NULL DEFAULT 'admin';
    ALTER TABLE account ADD COLUMN organisation TEXT;
    ALTER TABLE account ADD COLUMN is_disabled INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE account ADD COLUMN source TEXT NOT NULL DEFAULT 'file';
    ALTER TABLE account ADD COLUMN created_at REAL NOT NULL DEFAULT 0;
    ALTER TABLE account ADD COLUMN subject TEXT;
    CREATE UNIQUE INDEX account_by_subject ON account (subject);
    CREATE TABLE token (
        id TEXT PRIMARY KEY,
        account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
        name TEXT NOT NULL,
        role TEXT NOT NULL,
        secret_hash BLOB NOT NULL UNIQUE,
        created_at REAL NOT NULL,
        expires_at REAL NOT NULL,
        used_at REAL
    );
    CREATE INDEX token_by_account ON token (account);
    CREATE TABLE audit (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at REAL NOT NULL,
        actor TEXT NOT NULL,
        address TEXT NOT NULL,
        action TEXT NOT NULL,
        subject TEXT NOT NULL,
        outcome TEXT NOT NULL,
        detail TEXT NOT NULL
    );
    CREATE TABLE dashboard (
        uid TEXT PRIMARY KEY,
        folder TEXT NOT NULL,
        version INTEGER NOT NULL,
        title TEXT NOT NULL,
        description TEXT NOT NULL,
        tags TEXT NOT NULL,
        updated_at REAL NOT NULL,
        updated_by TEXT NOT NULL
    );
    CREATE TABLE dashboard_version (
        uid TEXT NOT NULL REFERENCES dashboard (uid) ON DELETE CASCADE,
        version INTEGER NOT NULL,
        saved_at REAL NOT NULL,
        saved_by TEXT NOT NULL,
        content BLOB NOT NULL,
        PRIMARY KEY (uid, version)
    );
    """,
)
"""One script per version of the layout; ``user_version`` counts those already applied. Append only."""


class DatabaseFailed(Exception):
    """The file cannot be opened or is not ours. The message starts with "cannot"."""


def open_database(folder: Path) -> sqlite3.Connection:
    """Open (or make, 0600) ``console.db`` in ``folder``. Raises DatabaseFailed.

    The connection is used from the event loop's thread only: every statement touches a handful of rows by an index.
    """
    file = folder / "console.db"
    try:
        # Made here first, because SQLite itself would make it readable to others; its -wal and -shm take over the mode.
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        database = sqlite3.connect(file, isolation_level=None, timeout=2.0)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")  # a session that was ended must stay ended after a power cut
        database.execute("PRAGMA foreign_keys = ON")
        database.execute("PRAGMA secure_delete = ON")
        _lay_out(database)
    except (OSError, sqlite3.Error) as error:
        raise DatabaseFailed(f"cannot open the database {file}: {error}; move it away to start afresh") from error
    return database


def _lay_out(database: sqlite3.Connection) -> None:
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version > len(_LAYOUT):
        raise sqlite3.DatabaseError(f"its layout {version} is newer than this program's {len(_LAYOUT)}")
    for number, script in enumerate(_LAYOUT[version:], start=version + 1):
        database.executescript(f"BEGIN; {script} PRAGMA user_version = {number}; COMMIT;")
    if database.execute("SELECT count(*) FROM instance").fetchone() == (0,):
        database.execute("INSERT INTO instance VALUES (?)", (secrets.token_bytes(32),))


def instance_secret(database: sqlite3.Connection) -> bytes:
    """32 random bytes made once with the database: the key of form tokens and device cookies."""
    (secret,) = database.execute("SELECT secret FROM instance").fetchone()
    return bytes(secret)
