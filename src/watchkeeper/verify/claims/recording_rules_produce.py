"""Every recording rule of the plan is loaded, evaluates without error and gives at least one series."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from watchkeeper.catalogue.seldom import seldom_series
from watchkeeper.observe.prometheus import Rule, Sample
from watchkeeper.observe.wait import until
from watchkeeper.verify.claim import Claim, Verdict, failed, passed
from watchkeeper.verify.expected import recording_rules
from watchkeeper.verify.queries import metrics_of, promql_named
from watchkeeper.verify.stage import Stage


async def _silent_rules(stage: Stage) -> list[str]:
    """One line for each rule that gives nothing now, though what it is made from is there."""
    loaded = {rule.name: rule for rule in await stage.prometheus.rules() if rule.kind == "recording"}
    lines = []
    for name in recording_rules(stage.plan):
        rule = loaded.get(name)
        if rule is None:
            lines.append(f"{name}: not loaded")
        elif rule.health == "err":
            lines.append(f"{name}: {rule.last_error}")
        elif not await stage.prometheus.query(f'{{__name__="{name}"}}') and not await _waits(stage, rule):
            lines.append(f"{name}: no series")
    return lines


async def _waits(stage: Stage, rule: Rule) -> bool:
    """Whether it is made from a series that is not there, and that is listed as seldom there beside its component."""
    seldom = {entry.series for entry in seldom_series()}
    named = [metric for metric in metrics_of([promql_named(rule.query)]) if metric in seldom]
    return any([not await stage.prometheus.query(f'{{__name__="{metric}"}}') for metric in named])


async def check(stage: Stage) -> Verdict:
    """A rate needs two scrapes, then an evaluation: a platform that has just started may take that long."""
    scrape_s = float(stage.plan.settings["scrape.interval_s"])
    patience_s = 2 * scrape_s + 2 * float(stage.plan.settings["evaluation_interval_s"]) + 10
    waited = await until(lambda: _silent_rules(stage), lambda silent: not silent, within_s=patience_s, every_s=1.0)
    expected = recording_rules(stage.plan)
    if waited.value:
        return failed(f"{len(waited.value)} of {len(expected)} recording rules give nothing", *waited.value)
    return passed(f"{len(expected)} recording rules give series")


@asynccontextmanager
async def breakage(stage: Stage) -> AsyncIterator[Stage]:
    """Only a series that was there can be seen to go: node_exporter may have come back a moment ago."""

    async def recorded() -> tuple[Sample, ...]:
        return await stage.prometheus.query("instance:node_memory_utilisation:ratio")

    patience_s = float(stage.plan.settings["scrape.interval_s"]) + 30
    await until(recorded, bool, within_s=patience_s)
    stage.sabotage.stop("node_exporter")
    try:
        await until(recorded, lambda samples: not samples, within_s=patience_s)
        yield stage
    finally:
        stage.sabotage.start("node_exporter")


CLAIM = Claim(
    name="recording_rules_produce",
    sentence="Every recording rule evaluates and produces series",
    requirements=("A1", "C4", "E4"),
    bound="two scrapes and two evaluations after the start",
    check=check,
    breakage=breakage,
    broken_by="node_exporter, whose series the rules need, is stopped",
    components=("prometheus", "node_exporter"),
    deadline_s=150.0,
)
