"""Every metric, label and value that a dashboard names exists, so that none is dead without anybody noticing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from watchkeeper.verify.claim import Claim, Verdict
from watchkeeper.verify.known_series import everything_is_known, with_typo
from watchkeeper.verify.stage import Stage


async def check(stage: Stage) -> Verdict:
    """What is seldom there is listed with reasons beside the component."""
    return await everything_is_known(stage, "panel", "dashboards")


@asynccontextmanager
async def breakage(stage: Stage) -> AsyncIterator[Stage]:
    """Only the plan is changed: the claim is about what stands in its files."""
    yield replace(stage, plan=with_typo(stage.plan, "panel"))


CLAIM = Claim(
    name="every_panel_names_known_series",
    sentence="Every metric, label and value that a dashboard names exists",
    requirements=("X2", "C2", "C8", "D3"),
    bound="two scrapes and two evaluations after the start",
    check=check,
    breakage=breakage,
    broken_by="a metric on a dashboard has a letter too many",
    components=("prometheus", "store", "console"),
    deadline_s=180.0,
)
