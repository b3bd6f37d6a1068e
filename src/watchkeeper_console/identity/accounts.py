"""The accounts, which today means one: the administrator whose password a file holds."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from watchkeeper_console.identity.database import Clock
from watchkeeper_console.identity.passwords import LONGEST_PASSWORD_BYTES, Passwords
from watchkeeper_console.logfmt import say

Change: TypeAlias = Literal["unchanged", "created", "changed"]
_SHORT = 20


class PasswordFileUnusable(Exception):
    """The administrator's password cannot be taken from its file. The message starts with "cannot"."""


@dataclass(frozen=True, slots=True)
class FileState:
    """Enough of a file's state to notice that it was written or replaced."""

    inode: int
    size_bytes: int
    modified_ns: int


class Accounts:
    """Names and password hashes."""

    def __init__(self, database: sqlite3.Connection, passwords: Passwords, now: Clock) -> None:
        self._database = database
        self._passwords = passwords
        self._now = now

    def password_hash(self, name: str) -> str | None:
        """The hash of the account, or None where there is no such account."""
        row = self._database.execute("SELECT password_hash FROM account WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else None

    def set_administrator(self, name: str, password: str) -> Change:
        """Make ``name`` with ``password`` the only account. A changed password or name ends all sessions of before."""
        kept = self.password_hash(name)
        others = self._database.execute("SELECT count(*) FROM account WHERE name <> ?", (name,)).fetchone() != (0,)
        known = kept is not None and self._passwords.matches(kept, password)
        if kept is not None and known and not others and not self._passwords.is_outdated(kept):
            return "unchanged"
        fresh = self._passwords.hash(password)
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.execute("DELETE FROM account WHERE name <> ?", (name,))
            self._database.execute(
                "INSERT INTO account VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET password_hash = excluded.password_hash,"
                " changed_at = excluded.changed_at",
                (name, fresh, self._now()),
            )
            if not known:
                self._database.execute("DELETE FROM session WHERE account = ?", (name,))
        if known:
            return "unchanged"
        return "created" if kept is None else "changed"


class AdministratorFile:
    """Keeps the administrator's account equal to the password file, at the start and whenever the file changes."""

    def __init__(self, accounts: Accounts, name: str, file: Path) -> None:
        self._accounts = accounts
        self._name = name
        self._file = file
        self._seen: FileState | None = None

    def apply(self) -> Change:
        """Take the file's password over. Raises PasswordFileUnusable."""
        state, password = self._read()
        change = self._accounts.set_administrator(self._name, password)
        self._seen = state
        if change != "unchanged":
            say("administrator's password taken from its file", account=self._name, change=change)
            if len(password) < _SHORT:
                say(f"the administrator's password is shorter than {_SHORT} characters", level=30, account=self._name)
        return change

    def apply_if_changed(self) -> Change:
        """The same if the file differs from the last look; costs one stat. Raises PasswordFileUnusable."""
        return "unchanged" if self._state() == self._seen else self.apply()

    def _state(self) -> FileState:
        try:
            found = self._file.stat()
        except OSError as error:
            raise self._unusable(error.strerror or "unknown reason") from error
        return FileState(found.st_ino, found.st_size, found.st_mtime_ns)

    def _read(self) -> tuple[FileState, str]:
        state = self._state()
        if state.size_bytes > LONGEST_PASSWORD_BYTES + 2:
            raise self._unusable(f"it is longer than {LONGEST_PASSWORD_BYTES} bytes")
        try:
            with self._file.open(encoding="utf-8", newline="") as stream:
                mode = os.fstat(stream.fileno()).st_mode
                password = stream.read().rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise self._unusable(reason or "unknown reason") from error
        if not password:
            raise self._unusable("it is empty")
        if mode & 0o077:
            say("the password file is readable by others", level=30, file=self._file, mode=oct(mode & 0o777))
        return state, password

    def _unusable(self, reason: str) -> PasswordFileUnusable:
        return PasswordFileUnusable(
            f"cannot take the administrator's password from {self._file}: {reason}; put the password alone into that file"
        )
