"""Sessions on the server's side: begun at sign-in, found by a secret id of which only the hash is kept, rotated, ended."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
from dataclasses import dataclass

from watchkeeper_console.identity.database import Clock, instance_secret
from watchkeeper_console.settings import SessionLimits

ROTATE_AFTER_S = 600.0
"""How long an id is used before a new one takes its place (Grafana's default too)."""
OLD_ID_GRACE_S = 30.0
"""How long the old id still works once the new one was seen: requests already under way carry it."""
_NOTE_SEEN_EVERY_S = 60.0
_AT_MOST_PER_ACCOUNT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A live session. ``key`` names it inside the server and is no secret; ``ends_at`` is the absolute end."""

    key: str
    account: str
    created_at: float
    seen_at: float
    ends_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """``new_id``: the browser must be given this id in place of the one it sent."""

    session: Session
    new_id: str | None = None


def _hash(session_id: str) -> bytes:
    # A fast hash is enough: the id has 256 random bits, so nobody finds it by trying.
    return hashlib.sha256(session_id.encode()).digest()


class Sessions:
    """All sessions of all accounts, in the database."""

    def __init__(self, database: sqlite3.Connection, limits: SessionLimits, now: Clock) -> None:
        self._database = database
        self._limits = limits
        self._now = now
        self._secret = instance_secret(database)

    def begin(self, account: str) -> str:
        """Begin a session and return its id, which nobody has seen before. The oldest beyond 100 are ended."""
        now, session_id = self._now(), secrets.token_urlsafe(32)
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            self._delete_expired(now)
            self._database.execute(
                "INSERT INTO session VALUES (?, ?, ?, NULL, ?, 1, ?, ?)",
                (secrets.token_hex(16), account, _hash(session_id), now, now, now),
            )
            self._database.execute(
                "DELETE FROM session WHERE account = ? AND key NOT IN"
                " (SELECT key FROM session WHERE account = ? ORDER BY seen_at DESC, created_at DESC, rowid DESC LIMIT ?)",
                (account, account, _AT_MOST_PER_ACCOUNT),
            )
        return session_id

    def find(self, session_id: str, *, by_person: bool) -> Found | None:
        """The live session of this id, or None. ``by_person``: it counts as activity (a page that refreshes itself is none)."""
        now, id_hash = self._now(), _hash(session_id)
        row = self._database.execute(
            "SELECT key, account, created_at, seen_at, rotated_at, confirmed, id_hash FROM session"
            " WHERE id_hash = ?1 OR previous_id_hash = ?1",
            (id_hash,),
        ).fetchone()
        if row is None:
            return None
        key, account, created_at, seen_at, rotated_at, confirmed, current_hash = row
        if now >= seen_at + self._limits.idle_s or now >= created_at + self._limits.absolute_s:
            self.end(key)
            return None
        is_current = hmac.compare_digest(current_hash, id_hash)
        if not is_current and confirmed and now >= rotated_at + OLD_ID_GRACE_S:
            return None
        if is_current and not confirmed:
            self._database.execute("UPDATE session SET confirmed = 1 WHERE key = ?", (key,))
        if by_person and now - seen_at >= min(_NOTE_SEEN_EVERY_S, self._limits.idle_s / 4):
            self._database.execute("UPDATE session SET seen_at = ? WHERE key = ?", (now, key))
            seen_at = now
        session = Session(
            key=key, account=account, created_at=created_at, seen_at=seen_at, ends_at=created_at + self._limits.absolute_s
        )
        # An old id without a confirmed successor means that the answer with the new one was lost: give out another.
        is_lost = not is_current and not confirmed and now >= rotated_at + OLD_ID_GRACE_S
        if (is_current and now >= rotated_at + ROTATE_AFTER_S) or is_lost:
            return Found(session=session, new_id=self._rotate(key, id_hash, now))
        return Found(session=session)

    def _rotate(self, key: str, presented_hash: bytes, now: float) -> str:
        fresh = secrets.token_urlsafe(32)
        self._database.execute(
            "UPDATE session SET id_hash = ?, previous_id_hash = ?, rotated_at = ?, confirmed = 0 WHERE key = ?",
            (_hash(fresh), presented_hash, now, key),
        )
        return fresh

    def end(self, key: str) -> None:
        """End one session."""
        self._database.execute("DELETE FROM session WHERE key = ?", (key,))

    def end_by_id(self, session_id: str) -> None:
        """End the session with this id, if there is one."""
        self._database.execute("DELETE FROM session WHERE id_hash = ?1 OR previous_id_hash = ?1", (_hash(session_id),))

    def end_all(self, account: str) -> None:
        """End every session of the account."""
        self._database.execute("DELETE FROM session WHERE account = ?", (account,))

    def lives(self, key: str) -> bool:
        """Whether session ``key`` has not ended; asking is no activity."""
        row = self._database.execute("SELECT created_at, seen_at FROM session WHERE key = ?", (key,)).fetchone()
        if row is None:
            return False
        created_at, seen_at = row
        now = self._now()
        return bool(now < seen_at + self._limits.idle_s and now < created_at + self._limits.absolute_s)

    def form_token(self, key: str) -> str:
        """The token that a state-changing request of session ``key`` must carry; the same for its whole life."""
        return hmac.new(self._secret, b"form\0" + key.encode(), hashlib.sha256).hexdigest()

    def count(self) -> int:
        """Sessions that have not expired."""
        now = self._now()
        (number,) = self._database.execute(
            "SELECT count(*) FROM session WHERE seen_at > ? AND created_at > ?",
            (now - self._limits.idle_s, now - self._limits.absolute_s),
        ).fetchone()
        return int(number)

    def forget_expired(self) -> None:
        """Delete the rows of sessions that have ended by themselves."""
        self._delete_expired(self._now())

    def _delete_expired(self, now: float) -> None:
        self._database.execute(
            "DELETE FROM session WHERE seen_at <= ? OR created_at <= ?",
            (now - self._limits.idle_s, now - self._limits.absolute_s),
        )
