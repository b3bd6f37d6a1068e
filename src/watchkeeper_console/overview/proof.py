"""The latest result of ``watchkeeper verify``, from the JSON report it leaves."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from watchkeeper_console.upstreams.client import UpstreamFailed

Outcome: TypeAlias = Literal["passed", "failed", "inconclusive"]
_LARGEST_BYTES = 8 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenClaim:
    """One claim of the report. ``detail`` says what was seen."""

    name: str
    requirement: str
    outcome: Outcome
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One run. ``finished_at`` is RFC 3339 or empty; claims that did not pass come first."""

    finished_at: str
    passed: int
    failed: int
    inconclusive: int
    claims: tuple[ProvenClaim, ...]


def read_proof(report: Path | None) -> Proof | None:
    """None: no report configured, or none written yet. Raises UpstreamFailed where it cannot be read."""
    if report is None:
        return None
    try:
        if report.stat().st_size > _LARGEST_BYTES:
            raise UpstreamFailed("refused", f"cannot read the verify report: it is over {_LARGEST_BYTES} bytes")
        return parse_proof(json.loads(report.read_bytes()))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UpstreamFailed("unavailable", f"cannot read the verify report: {error.strerror}") from error


def parse_proof(report: Any) -> Proof:
    """From the report's ``claims`` (``name`` or ``id``, ``requirement``, ``outcome``, ``detail``) and ``finished_at``."""
    claims = [_claim(entry) for entry in report["claims"]]
    order: dict[Outcome, int] = {"failed": 0, "inconclusive": 1, "passed": 2}
    claims.sort(key=lambda claim: order[claim.outcome])
    counts = {outcome: sum(claim.outcome == outcome for claim in claims) for outcome in order}
    return Proof(
        finished_at=str(report.get("finished_at") or report.get("started_at") or ""),
        passed=counts["passed"],
        failed=counts["failed"],
        inconclusive=counts["inconclusive"],
        claims=tuple(claims),
    )


def _claim(entry: Any) -> ProvenClaim:
    requirement = entry.get("requirement") or entry.get("requirements") or ""
    outcome: Outcome
    match str(entry.get("outcome")).lower():
        case "passed":
            outcome = "passed"
        case "failed":
            outcome = "failed"
        case _:
            outcome = "inconclusive"
    return ProvenClaim(
        name=str(entry.get("name") or entry["id"]),
        requirement=", ".join(map(str, requirement)) if isinstance(requirement, list) else str(requirement),
        outcome=outcome,
        detail=str(entry.get("detail") or entry.get("reason") or ""),
    )
