"""API tokens: what programs send instead of a password. Kept as hashes; shown once."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from dataclasses import dataclass

from watchkeeper_console.identity.database import Clock
from watchkeeper_console.identity.roles import Role, parse_role

PREFIX = "wkt_"
AT_MOST_PER_ACCOUNT = 50
_NOTE_USED_EVERY_S = 60.0
_SELECT = "SELECT id, account, name, role, created_at, expires_at, used_at FROM token"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What is told about a token. Times are unix seconds; ``used_at`` None: never, as far as noted (once a minute)."""

    id: str
    account: str
    name: str
    role: Role
    created_at: float
    expires_at: float
    used_at: float | None


class TooMany(Exception):
    """The account has as many tokens as one may have."""


class Tokens:
    """All tokens of all accounts."""

    def __init__(self, database: sqlite3.Connection, now: Clock) -> None:
        self._database = database
        self._now = now

    def create(self, account: str, *, name: str, role: Role, life_s: float) -> tuple[Token, str]:
        """A new token, and its secret text that is not kept. Raises TooMany."""
        now, text = self._now(), PREFIX + secrets.token_urlsafe(32)
        self._database.execute("DELETE FROM token WHERE expires_at <= ?", (now,))
        if len(self.of(account)) >= AT_MOST_PER_ACCOUNT:
            raise TooMany
        token = Token(
            id=secrets.token_hex(8),
            account=account,
            name=name,
            role=role,
            created_at=now,
            expires_at=now + life_s,
            used_at=None,
        )
        self._database.execute(
            "INSERT INTO token VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
            (token.id, account, name, role, _hash(text), now, token.expires_at),
        )
        return token, text

    def find(self, text: str) -> Token | None:
        """The living token with this secret text; its use is noted."""
        if not text.startswith(PREFIX) or len(text) > 128:
            return None
        now = self._now()
        row = self._database.execute(_SELECT + " WHERE secret_hash = ? AND expires_at > ?", (_hash(text), now)).fetchone()
        if row is None:
            return None
        token = _token(row)
        if token.used_at is None or now - token.used_at >= _NOTE_USED_EVERY_S:
            self._database.execute("UPDATE token SET used_at = ? WHERE id = ?", (now, token.id))
        return token

    def of(self, account: str) -> list[Token]:
        """The account's living tokens, the newest first."""
        rows = self._database.execute(
            _SELECT + " WHERE account = ? AND expires_at > ? ORDER BY created_at DESC, id",
            (account, self._now()),
        )
        return [_token(row) for row in rows]

    def by_id(self, id_: str) -> Token | None:
        """The token with this id, living or not."""
        row = self._database.execute(_SELECT + " WHERE id = ?", (id_,)).fetchone()
        return _token(row) if row else None

    def lives(self, id_: str) -> bool:
        """Whether the token with this id still lets anybody in."""
        token = self.by_id(id_)
        return token is not None and self._now() < token.expires_at

    def delete(self, id_: str) -> None:
        """From now on nobody gets in with it."""
        self._database.execute("DELETE FROM token WHERE id = ?", (id_,))


def _hash(text: str) -> bytes:
    # A fast hash is enough: the text has 256 random bits.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _token(row: tuple[str, str, str, str, float, float, float | None]) -> Token:
    id_, account, name, role, created_at, expires_at, used_at = row
    return Token(
        id=id_,
        account=account,
        name=name,
        role=parse_role(role),
        created_at=created_at,
        expires_at=expires_at,
        used_at=used_at,
    )
