"""Running claims: order, silence, deadlines, counter-tests, and what is left out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import cast

import pytest
from tests.unit.watchkeeper.targets.a_stack import a_plan, a_workload

from watchkeeper.observe.answer import NoAnswer
from watchkeeper.verify import run
from watchkeeper.verify.claim import Claim, Verdict, failed, inconclusive, passed
from watchkeeper.verify.evidence import Record
from watchkeeper.verify.run import check_all, counter_test_all, in_order
from watchkeeper.verify.stage import Stage
from watchkeeper.workload.failure import WorldFailed
from watchkeeper.workload.progress import silent


class AStage:
    """Only the plan is looked at by the runner; ``broken`` is what the breakages here change."""

    def __init__(self) -> None:
        self.plan = a_plan(a_workload("web"))
        self.broken = False


def stage() -> Stage:
    return cast("Stage", AStage())


async def holds_unless_broken(stage: Stage) -> Verdict:
    return failed("it is broken") if cast("AStage", stage).broken else passed("fine")


@asynccontextmanager
async def breaks(stage: Stage) -> AsyncIterator[Stage]:
    cast("AStage", stage).broken = True
    try:
        yield stage
    finally:
        cast("AStage", stage).broken = False


CLAIM = Claim(
    name="it_works",
    sentence="It works",
    requirements=("A1",),
    bound="always",
    check=holds_unless_broken,
    breakage=breaks,
    broken_by="us",
)


@pytest.fixture(autouse=True)
def _nothing_to_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan here has no processes that could be asked for their health."""

    async def settled(stage: Stage, within_s: float) -> object:
        return type("Settled", (), {"satisfied": not cast("AStage", stage).broken, "value": {"web": "broken"}})

    monkeypatch.setattr(run, "settled", settled)


async def test_a_claim_that_holds_is_proven() -> None:
    (outcome,) = await check_all([CLAIM], stage(), Record(), silent)
    assert outcome.proven
    assert outcome.verdict == passed("fine")


async def test_a_counter_test_wants_the_claim_to_fail_and_mends_afterwards() -> None:
    here = stage()
    (outcome,) = await counter_test_all([CLAIM], here, Record(), silent)
    assert outcome.proven
    assert outcome.verdict == failed("it is broken")
    assert not cast("AStage", here).broken


async def test_a_claim_that_cannot_fail_is_found_by_its_counter_test() -> None:
    async def always(stage: Stage) -> Verdict:
        return passed("of course")

    (outcome,) = await counter_test_all([replace(CLAIM, check=always)], stage(), Record(), silent)
    assert not outcome.proven


async def test_a_breakage_that_cannot_be_made_shows_nothing() -> None:
    @asynccontextmanager
    async def cannot(stage: Stage) -> AsyncIterator[Stage]:
        raise WorldFailed("no hands")
        yield stage

    (outcome,) = await counter_test_all([replace(CLAIM, breakage=cannot)], stage(), Record(), silent)
    assert not outcome.proven
    assert "no hands" in outcome.verdict.finding


async def test_no_answer_fails_and_no_outcome_in_time_is_inconclusive() -> None:
    async def silence(stage: Stage) -> Verdict:
        raise NoAnswer("cannot reach it")

    async def dawdle(stage: Stage) -> Verdict:
        await asyncio.sleep(10)
        return passed("")

    claims = [replace(CLAIM, check=silence), replace(CLAIM, check=dawdle, deadline_s=0.01)]
    outcomes = await check_all(claims, stage(), Record(), silent)
    assert [outcome.verdict for outcome in outcomes] == [failed("cannot reach it"), inconclusive("no outcome within 0 s")]
    assert not any(outcome.proven for outcome in outcomes)


async def test_inconclusive_is_not_proven() -> None:
    async def unknown(stage: Stage) -> Verdict:
        return inconclusive("no data")

    (outcome,) = await check_all([replace(CLAIM, check=unknown)], stage(), Record(), silent)
    assert not outcome.proven


async def test_a_claim_about_an_absent_component_is_left_out_and_says_so() -> None:
    (outcome,) = await check_all([replace(CLAIM, components=("database",))], stage(), Record(), silent)
    assert outcome.left_out_because == "the plan has no database"
    assert outcome.as_data()["outcome"] == "left out"


def test_what_disturbs_runs_last() -> None:
    loud, quiet = replace(CLAIM, name="loud", disturbs=True), replace(CLAIM, name="quiet")
    assert [claim.name for claim in in_order([loud, quiet])] == ["quiet", "loud"]
