"""Sessions and the change of their ids, on a clock that the test moves."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.watchkeeper_console.console_stage import Clock

from watchkeeper_console.identity.database import DatabaseFailed, open_database
from watchkeeper_console.identity.sessions import Sessions
from watchkeeper_console.settings import SessionLimits


@pytest.fixture
def clock() -> Clock:
    return Clock(1000.0)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    opened = open_database(tmp_path)
    opened.execute("INSERT INTO account (name, password_hash, changed_at) VALUES ('admin', '-', 0), ('other', '-', 0)")
    yield opened
    opened.close()


@pytest.fixture
def sessions(database: sqlite3.Connection, clock: Clock) -> Sessions:
    return Sessions(database, SessionLimits(idle_s=3600, absolute_s=86400), clock)


def _changed(sessions: Sessions, session_id: str) -> str | None:
    found = sessions.find(session_id, by_person=True)
    assert found is not None
    return found.new_id


def test_an_id_finds_its_own_session_only(sessions: Sessions) -> None:
    mine, theirs = sessions.begin("admin"), sessions.begin("other")
    found = sessions.find(mine, by_person=True)
    assert found is not None
    assert found.session.account == "admin"
    assert found.session.ends_at == 1000 + 86400
    other = sessions.find(theirs, by_person=True)
    assert other is not None
    assert other.session.key != found.session.key
    assert sessions.form_token(other.session.key) != sessions.form_token(found.session.key)


def test_the_id_is_changed_after_ten_minutes_of_use(sessions: Sessions, clock: Clock) -> None:
    first = sessions.begin("admin")
    clock.at += 599
    assert _changed(sessions, first) is None
    clock.at += 1
    second = _changed(sessions, first)
    assert second not in {None, first}


def test_requests_under_way_may_still_carry_the_old_id(sessions: Sessions, clock: Clock) -> None:
    first = sessions.begin("admin")
    clock.at += 600
    second = _changed(sessions, first)
    assert second is not None
    assert _changed(sessions, first) is None  # a parallel request does not change it again
    assert _changed(sessions, second) is None
    clock.at += 29
    assert sessions.find(first, by_person=True) is not None
    clock.at += 1
    assert sessions.find(first, by_person=True) is None
    assert sessions.find(second, by_person=True) is not None


def test_a_lost_answer_does_not_sign_anybody_out(sessions: Sessions, clock: Clock) -> None:
    """The answer with the new id never arrived, so the browser comes back with the old one, minutes later."""
    first = sessions.begin("admin")
    clock.at += 600
    lost = _changed(sessions, first)
    assert lost is not None
    clock.at += 300
    again = _changed(sessions, first)
    assert again not in {None, first, lost}
    assert sessions.find(lost, by_person=True) is None


def test_the_oldest_sessions_are_ended_where_there_are_too_many(sessions: Sessions, clock: Clock) -> None:
    ids = []
    for _ in range(102):
        ids.append(sessions.begin("admin"))
        clock.at += 1
    assert sessions.count() == 100
    assert sessions.find(ids[1], by_person=True) is None
    assert sessions.find(ids[2], by_person=True) is not None


def test_ended_and_expired_sessions_are_gone_from_the_disk(
    sessions: Sessions, database: sqlite3.Connection, clock: Clock
) -> None:
    sessions.begin("admin")
    clock.at += 1800
    sessions.end_by_id(sessions.begin("other"))
    sessions.begin("other")
    clock.at += 1800
    assert sessions.count() == 1
    sessions.forget_expired()
    assert database.execute("SELECT account FROM session").fetchall() == [("other",)]


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "console.db").write_text("something else entirely, and long enough to be read as a page header")
    with pytest.raises(DatabaseFailed, match=r"cannot open the database .*; move it away to start afresh"):
        open_database(tmp_path)


def test_a_database_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    opened = open_database(tmp_path)
    opened.execute("PRAGMA user_version = 99")
    opened.close()
    with pytest.raises(DatabaseFailed, match="its layout 99 is newer"):
        open_database(tmp_path)
