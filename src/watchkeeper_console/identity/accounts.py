"""The accounts: the administrator whose password a file holds, and the people whom administrators let in."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from watchkeeper_console.identity.database import Clock
from watchkeeper_console.identity.passwords import LONGEST_PASSWORD_BYTES, Passwords
from watchkeeper_console.identity.roles import Role, parse_role
from watchkeeper_console.logfmt import say

Change: TypeAlias = Literal["unchanged", "created", "changed"]
Source: TypeAlias = Literal["file", "local", "oidc"]
_SHORT = 20


class PasswordFileUnusable(Exception):
    """The administrator's password cannot be taken from its file. The message starts with "cannot"."""


@dataclass(frozen=True, slots=True)
class FileState:
    """Enough of a file's state to notice that it was written or replaced."""

    inode: int
    size_bytes: int
    modified_ns: int


class NameTaken(Exception):
    """There is an account of that name already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person who may sign in. ``organisation``: the only one whose data they see; None sees everything."""

    name: str
    role: Role
    organisation: str | None
    is_disabled: bool
    source: Source
    """Who keeps the password: a ``file`` of the description, the console itself (``local``), or the identity provider."""
    created_at: float


_SELECT = "SELECT name, role, organisation, is_disabled, source, created_at FROM account"


class Accounts:
    """Names, password hashes, roles and organisations."""

    def __init__(self, database: sqlite3.Connection, passwords: Passwords, now: Clock) -> None:
        self._database = database
        self._passwords = passwords
        self._now = now

    def password_hash(self, name: str) -> str | None:
        """The hash of the account, or None where nobody can sign in by that name and a password."""
        row = self._database.execute(
            "SELECT password_hash FROM account WHERE name = ? AND NOT is_disabled AND password_hash <> ''", (name,)
        ).fetchone()
        return str(row[0]) if row else None

    def find(self, name: str) -> Account | None:
        """The account of that name, disabled or not."""
        row = self._database.execute(_SELECT + " WHERE name = ?", (name,)).fetchone()
        return _account(row) if row else None

    def all(self) -> list[Account]:
        """Every account, by name."""
        return [_account(row) for row in self._database.execute(_SELECT + " ORDER BY name")]

    def of_subject(self, subject: str) -> Account | None:
        """The account of a person whom the identity provider knows by ``subject``."""
        row = self._database.execute(_SELECT + " WHERE subject = ?", (subject,)).fetchone()
        return _account(row) if row else None

    def create(
        self, name: str, *, password_hash: str, role: Role, organisation: str | None, source: Source, subject: str | None = None
    ) -> None:
        """Raises NameTaken."""
        try:
            self._database.execute(
                "INSERT INTO account (name, password_hash, changed_at, role, organisation, source, created_at, subject)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?3, ?7)",
                (name, password_hash, self._now(), role, organisation, source, subject),
            )
        except sqlite3.IntegrityError as error:
            raise NameTaken(name) from error

    def change(self, name: str, *, role: Role, organisation: str | None, is_disabled: bool) -> None:
        """What an account may do from now on. Whoever is disabled or bound otherwise has to sign in again."""
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            before = self.find(name)
            self._database.execute(
                "UPDATE account SET role = ?, organisation = ?, is_disabled = ? WHERE name = ?",
                (role, organisation, is_disabled, name),
            )
            if before is None or is_disabled or before.organisation != organisation:
                self._database.execute("DELETE FROM session WHERE account = ?", (name,))

    def set_password(self, name: str, password_hash: str, *, keep_session: str | None = None) -> None:
        """Replace the password; every session ends except ``keep_session``."""
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.execute(
                "UPDATE account SET password_hash = ?, changed_at = ? WHERE name = ?", (password_hash, self._now(), name)
            )
            self._database.execute("DELETE FROM session WHERE account = ? AND key IS NOT ?", (name, keep_session))

    def delete(self, name: str) -> None:
        """Delete the account with its sessions and tokens."""
        self._database.execute("DELETE FROM account WHERE name = ?", (name,))

    def set_administrator(self, name: str, password: str) -> Change:
        """Make ``name`` with ``password`` the administrator of the file. A change of either ends the sessions of before."""
        kept = self.password_hash(name)
        before = self.find(name)
        others = self._database.execute(
            "SELECT count(*) FROM account WHERE name <> ? AND source = 'file'", (name,)
        ).fetchone() != (0,)
        known = kept is not None and self._passwords.matches(kept, password)
        is_his = before is not None and (before.role, before.organisation, before.source) == ("admin", None, "file")
        if kept is not None and known and is_his and not others and not self._passwords.is_outdated(kept):
            return "unchanged"
        fresh = self._passwords.hash(password)
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.execute("DELETE FROM account WHERE name <> ? AND source = 'file'", (name,))
            self._database.execute(
                "INSERT INTO account (name, password_hash, changed_at, role, source, created_at)"
                " VALUES (?1, ?2, ?3, 'admin', 'file', ?3) ON CONFLICT (name) DO UPDATE SET"
                " password_hash = excluded.password_hash, changed_at = excluded.changed_at, role = 'admin',"
                " organisation = NULL, is_disabled = 0, source = 'file', subject = NULL",
                (name, fresh, self._now()),
            )
            if not known:
                self._database.execute("DELETE FROM session WHERE account = ?", (name,))
        if known:
            return "unchanged"
        return "created" if before is None else "changed"


def _account(row: tuple[str, str, str | None, int, str, float]) -> Account:
    name, role, organisation, is_disabled, source, created_at = row
    return Account(
        name=name,
        role=parse_role(role),
        organisation=organisation,
        is_disabled=bool(is_disabled),
        source=next(known for known in get_args(Source) if known == source),
        created_at=created_at,
    )


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
