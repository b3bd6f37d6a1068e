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
    """One claim of the report. ``finding`` says what was seen."""

    name: str
    sentence: str
    requirements: tuple[str, ...]
    outcome: Outcome
    finding: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One run. ``started_at`` is RFC 3339 or empty; claims that did not pass come first."""

    started_at: str
    passed: int
    failed: int
    inconclusive: int
    claims: tuple[ProvenClaim, ...]


def read_proof(report: Path | None) -> Proof | None:
    """None: no report configured, or none written yet. Raises UpstreamFailed where it cannot be read."""
    content = read_report(report)
    return None if content is None else parse_proof(json.loads(content))


def read_report(report: Path | None) -> bytes | None:
    """The report as it was written. None: no report configured, or none written yet. Raises UpstreamFailed."""
    if report is None:
        return None
    try:
        if report.stat().st_size > _LARGEST_BYTES:
            raise UpstreamFailed("refused", f"cannot read the verify report: it is over {_LARGEST_BYTES} bytes")
        return report.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UpstreamFailed("unavailable", f"cannot read the verify report: {error.strerror}") from error


def parse_proof(report: Any) -> Proof:
    """From what ``watchkeeper verify`` writes: ``claims`` with sentence, requirements, outcome, proven and finding.

    A claim that was left out is no claim of this run. In a run of counter-tests a claim passes by failing, so ``proven``
    counts and not the word.
    """
    claims = [_claim(entry) for entry in report["claims"] if entry["outcome"] != "left out"]
    order: dict[Outcome, int] = {"failed": 0, "inconclusive": 1, "passed": 2}
    claims.sort(key=lambda claim: order[claim.outcome])
    counts = {outcome: sum(claim.outcome == outcome for claim in claims) for outcome in order}
    return Proof(
        started_at=str(report.get("started_at") or ""),
        passed=counts["passed"],
        failed=counts["failed"],
        inconclusive=counts["inconclusive"],
        claims=tuple(claims),
    )


def _claim(entry: Any) -> ProvenClaim:
    outcome: Outcome
    match bool(entry["proven"]), str(entry["outcome"]):
        case True, _:
            outcome = "passed"
        case False, "inconclusive":
            outcome = "inconclusive"
        case _:
            outcome = "failed"
    return ProvenClaim(
        name=str(entry["claim"]),
        sentence=str(entry.get("sentence") or entry["claim"]),
        requirements=tuple(str(requirement) for requirement in entry.get("requirements") or ()),
        outcome=outcome,
        finding=str(entry.get("finding") or ""),
    )
