"""The database file, and what becomes of one that an older console left."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from tests.unit.watchkeeper_console.console_stage import PASSWORD, USER, running, sign_in, some_settings

from watchkeeper_console.identity.database import _LAYOUT, DatabaseFailed, open_database


def an_old_database(folder: Path) -> None:
    """As the first layout was, with an account, a session and somebody who was the administrator before."""
    folder.mkdir(parents=True)
    old = sqlite3.connect(folder / "console.db")
    old.executescript(f"{_LAYOUT[0]} PRAGMA user_version = 1;")
    old.execute("INSERT INTO instance VALUES (?)", (b"s" * 32,))
    old.execute("INSERT INTO account VALUES (?, 'no hash', 5)", (USER,))
    old.execute("INSERT INTO session VALUES ('k', ?, x'00', NULL, 1, 1, 1, 1)", (USER,))
    old.commit()
    old.close()


async def test_an_older_consoles_data_goes_on(tmp_path: Path) -> None:
    an_old_database(tmp_path / "data")
    async with running(some_settings(tmp_path), tmp_path / "data") as console:
        account = console.application.people.accounts.find(USER)
        assert account is not None
        assert (account.role, account.organisation, account.source, account.is_disabled) == ("admin", None, "file", False)
        assert console.application.people.secret == b"s" * 32
        async with console.browser() as browser:
            assert (await sign_in(browser, password=PASSWORD)).status_code == 303


def test_a_newer_layout_is_left_alone(tmp_path: Path) -> None:
    database = open_database(tmp_path)
    database.execute(f"PRAGMA user_version = {len(_LAYOUT) + 1}")
    database.close()
    with pytest.raises(DatabaseFailed, match="is newer than this program's"):
        open_database(tmp_path)


def test_the_file_is_readable_by_nobody_else(tmp_path: Path) -> None:
    open_database(tmp_path).close()
    assert (tmp_path / "console.db").stat().st_mode & 0o777 == 0o600
