"""Who did what, when and from where. Only ever added to; the oldest go when there are too many."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Literal, TypeAlias

from watchkeeper_console.identity.database import Clock

AT_MOST = 20_000
_LONGEST = 300
Outcome: TypeAlias = Literal["done", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """``at`` is unix seconds. ``actor`` is an account's name, or for a refused sign-in whatever was typed."""

    id: int
    at: float
    actor: str
    address: str
    action: str
    subject: str
    outcome: Outcome
    detail: str


class Audit:
    """The log of changes and sign-ins. Nothing secret is ever handed to it."""

    def __init__(self, database: sqlite3.Connection, now: Clock) -> None:
        self._database = database
        self._now = now

    def note(
        self, action: str, *, actor: str, address: str, subject: str = "", outcome: Outcome = "done", detail: str = ""
    ) -> None:
        """Add one entry, such as ``user.create``."""
        texts = (_short(actor), _short(address), action, _short(subject), outcome, _short(detail))
        written = self._database.execute(
            "INSERT INTO audit (at, actor, address, action, subject, outcome, detail) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (self._now(), *texts),
        )
        self._database.execute("DELETE FROM audit WHERE id <= ?", ((written.lastrowid or 0) - AT_MOST,))

    def latest(self, limit: int, before: int | None = None) -> list[Entry]:
        """At most ``limit`` entries older than the entry ``before``, the newest first."""
        rows = self._database.execute(
            "SELECT id, at, actor, address, action, subject, outcome, detail FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?",
            (before if before is not None else 1 << 62, limit),
        )
        return [
            Entry(
                id=id_,
                at=at,
                actor=actor,
                address=address,
                action=action,
                subject=subject,
                outcome="refused" if outcome == "refused" else "done",
                detail=detail,
            )
            for id_, at, actor, address, action, subject, outcome, detail in rows
        ]


def _short(text: str) -> str:
    """Bounded, and without what SQLite or a terminal would stumble over."""
    cut = text[:_LONGEST].encode("utf-8", "replace").decode()
    return "".join(character if character.isprintable() else "\ufffd" for character in cut)
