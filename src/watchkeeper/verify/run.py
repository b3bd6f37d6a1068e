"""Check claims one after the other, those that disturb last, and keep what was seen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from watchkeeper.observe.answer import NoAnswer
from watchkeeper.verify.claim import Claim, Verdict, failed, inconclusive, passed
from watchkeeper.verify.evidence import Outcome, Record
from watchkeeper.verify.health import settled
from watchkeeper.verify.stage import Stage
from watchkeeper.workload.failure import WorldFailed
from watchkeeper.workload.progress import Event, Reporter

MENDED_WITHIN_S = 60.0


def in_order(claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """As given, but those that disturb the platform after all others."""
    return tuple(sorted(claims, key=lambda claim: claim.disturbs))


async def check_all(claims: Sequence[Claim], stage: Stage, record: Record, report: Reporter) -> tuple[Outcome, ...]:
    """Check each claim on the running platform."""
    return tuple([await _one(claim, stage, record, report, counter=False) for claim in in_order(claims)])


async def counter_test_all(claims: Sequence[Claim], stage: Stage, record: Record, report: Reporter) -> tuple[Outcome, ...]:
    """Break each claim's subject, and see the claim fail; the platform is mended after each."""
    return tuple([await _one(claim, stage, record, report, counter=True) for claim in in_order(claims)])


async def _one(claim: Claim, stage: Stage, record: Record, report: Reporter, *, counter: bool) -> Outcome:
    missing = [name for name in claim.components if not any(w.component == name for w in stage.plan.workloads)]
    started_at_s, start = time.time(), time.monotonic()
    if missing:
        reason = f"the plan has no {', '.join(missing)}"
        report(Event(subject=claim.name, state="unchanged", detail=f"left out: {reason}"))
        return Outcome(
            claim=claim,
            verdict=passed(""),
            started_at_s=started_at_s,
            took_s=0.0,
            expected_to_fail=counter,
            left_out_because=reason,
        )
    report(Event(subject=claim.name, state="checking", detail=claim.broken_by if counter else claim.sentence))
    record.take()
    verdict = await (_broken(claim, stage) if counter else _judged(claim, stage))
    exchanges, left_out = record.take()
    outcome = Outcome(
        claim=claim,
        verdict=verdict,
        started_at_s=started_at_s,
        took_s=time.monotonic() - start,
        exchanges=exchanges,
        exchanges_left_out=left_out,
        expected_to_fail=counter,
    )
    report(Event(subject=claim.name, state="passed" if outcome.proven else "failed", detail=verdict.finding))
    return outcome


async def _judged(claim: Claim, stage: Stage) -> Verdict:
    try:
        async with asyncio.timeout(claim.deadline_s):
            return await claim.check(stage)
    except NoAnswer as silence:
        return failed(str(silence))
    except WorldFailed as failure:
        return failed(failure.message, *failure.evidence)
    except TimeoutError:
        return inconclusive(f"no outcome within {claim.deadline_s:.0f} s")


async def _broken(claim: Claim, stage: Stage) -> Verdict:
    """The verdict while the subject is broken; the platform is whole again when this returns.

    A breakage that cannot be made, or cannot be mended, shows nothing: that counts as passed, which is not what is wanted.
    """
    try:
        async with claim.breakage(stage) as broken:
            verdict = await _judged(claim, broken)
    except (NoAnswer, WorldFailed, OSError) as trouble:
        return passed(f"cannot break it: {trouble}")
    mended = await settled(stage, within_s=MENDED_WITHIN_S)
    if not mended.satisfied:
        return passed("cannot mend it", *(f"{name}: {said}" for name, said in mended.value.items()))
    return verdict
