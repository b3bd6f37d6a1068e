"""``# wk-lint: ignore=WK-PROM-001 reason``: a person's decision that a finding is fine, with the reason beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_COMMENT = re.compile(r"(?:#|//)\s*wk-lint:\s*ignore=(?P<ids>[\w,-]+)(?P<reason>.*)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """``line`` is the line whose findings it hides, ``written`` the one it stands in; both count from 1."""

    line: int
    written: int
    column: int
    ids: frozenset[str]
    reason: str


def suppressions(lines: Sequence[str]) -> tuple[Suppression, ...]:
    """Every such comment. One on a line of its own is about the next line that is not a comment."""
    found = []
    for at, line in enumerate(lines):
        comment = _COMMENT.search(line)
        if not comment:
            continue
        target = at
        if not line[: comment.start()].strip():
            target = next((later for later in range(at + 1, len(lines)) if not _is_comment(lines[later])), at)
        found.append(
            Suppression(
                line=target + 1,
                written=at + 1,
                column=comment.start() + 1,
                ids=frozenset(part for part in comment["ids"].split(",") if part),
                reason=comment["reason"].strip(),
            )
        )
    return tuple(found)


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith(("#", "//")) or not line.strip()
