"""What was asked and answered while a claim was checked: kept with the outcome, free of secrets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from watchkeeper.observe.answer import Exchange
from watchkeeper.verify.claim import Claim, Verdict

MOST_EXCHANGES = 200


@dataclass(slots=True)
class Record:
    """Collects the exchanges of one claim at a time; ``take`` empties it. The first and last ones are kept of very many."""

    _kept: list[Exchange] = field(default_factory=list)
    _left_out: int = 0

    def __call__(self, exchange: Exchange) -> None:
        """Keep one exchange."""
        self._kept.append(exchange)
        if len(self._kept) > MOST_EXCHANGES:
            del self._kept[MOST_EXCHANGES // 2]
            self._left_out += 1

    def take(self) -> tuple[tuple[Exchange, ...], int]:
        """What was kept since the last take, and how many exchanges were left out."""
        kept, left_out = tuple(self._kept), self._left_out
        self._kept, self._left_out = [], 0
        return kept, left_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One claim, checked. ``expected_to_fail``: it was a counter-test, so ``proven`` turns the verdict around."""

    claim: Claim
    verdict: Verdict
    started_at_s: float
    took_s: float
    exchanges: tuple[Exchange, ...] = ()
    exchanges_left_out: int = 0
    expected_to_fail: bool = False
    left_out_because: str = ""

    @property
    def proven(self) -> bool:
        """Whether the outcome is the wanted one."""
        if self.left_out_because:
            return True
        return (self.verdict.word == "passed") != self.expected_to_fail

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "claim": self.claim.name,
            "sentence": self.claim.sentence,
            "requirements": list(self.claim.requirements),
            "bound": self.claim.bound,
            "outcome": "left out" if self.left_out_because else self.verdict.word,
            "proven": self.proven,
            "counter_test": self.expected_to_fail,
            "broken_by": self.claim.broken_by if self.expected_to_fail else "",
            "finding": self.left_out_because or self.verdict.finding,
            "details": list(self.verdict.details),
            "started_at": self.started_at_s,
            "took_s": round(self.took_s, 3),
            "evidence": [
                {
                    "at": exchange.at_s,
                    "request": f"{exchange.method} {exchange.url}",
                    "parameters": dict(exchange.parameters),
                    "status": exchange.status,
                    "answer": exchange.body,
                    "took_s": round(exchange.took_s, 4),
                }
                for exchange in self.exchanges
            ],
            "evidence_left_out": self.exchanges_left_out,
        }
