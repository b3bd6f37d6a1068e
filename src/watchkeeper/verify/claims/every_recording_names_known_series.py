"""Every metric, label and value that a recording rule names exists, so that none is dead without anybody noticing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from watchkeeper.verify.claim import Claim, Verdict
from watchkeeper.verify.known_series import everything_is_known, with_typo
from watchkeeper.verify.stage import Stage


async def check(stage: Stage) -> Verdict:
    """What is seldom there is listed with reasons beside the component."""
    return await everything_is_known(stage, "record", "recording rules")


@asynccontextmanager
async def breakage(stage: Stage) -> AsyncIterator[Stage]:
    """Only the plan is changed: the claim is about what stands in its files."""
    yield replace(stage, plan=with_typo(stage.plan, "record"))


CLAIM = Claim(
    name="every_recording_names_known_series",
    sentence="Every metric, label and value that a recording rule names exists",
    requirements=("X2", "E4"),
    bound="two scrapes and two evaluations after the start",
    check=check,
    breakage=breakage,
    broken_by="a metric in a recording rule has a letter too many",
    components=("prometheus",),
    deadline_s=180.0,
)
