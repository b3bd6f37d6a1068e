"""Whether everything that rules and dashboards name is known to the running Prometheus and the log store."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from watchkeeper.catalogue.seldom import SeldomSeries, seldom_series
from watchkeeper.observe.wait import until
from watchkeeper.plan.model import Plan
from watchkeeper.verify.asked import LOGS, METRICS, Asked, Kind, asked_by
from watchkeeper.verify.claim import Verdict, failed, inconclusive, passed
from watchkeeper.verify.queries import (
    Labels,
    Selector,
    Unknown,
    Unreadable,
    expected_missing,
    metrics_of,
    selector_named,
    unknown,
    written_out,
)
from watchkeeper.verify.stage import Stage

LOOK_BACK_S = 900
METRICS_AT_ONCE = 60
EVERY_STREAM = '{service_name=~".+"}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Something that a query names and nothing knows. ``expected``: the entry that says it is seldom there."""

    asked: Asked
    what: str
    expected: SeldomSeries | None = None


async def everything_is_known(stage: Stage, kind: Kind, noun: str) -> Verdict:
    """Look up what the queries of one kind name; a platform that has just started gets the time to make its series."""
    asked = [one for one in asked_by(stage.plan) if one.kind == kind]
    if not asked:
        return inconclusive(f"the plan has no {noun}")
    scrape_s = float(stage.plan.settings["scrape.interval_s"])
    patience_s = 2 * scrape_s + 2 * float(stage.plan.settings["evaluation_interval_s"]) + 15

    async def lost() -> tuple[Missing, ...]:
        return await missing_of(stage, asked)

    waited = await until(
        lost, lambda found: all(missing.expected for missing in found), within_s=patience_s, every_s=patience_s / 10
    )
    unexplained = [missing for missing in waited.value if not missing.expected]
    if unexplained:
        lines = dict.fromkeys(f"{missing.asked.place}: {missing.what}" for missing in unexplained)
        return failed(f"{len(lines)} names in {noun} are unknown", *lines)
    expected = {missing.expected for missing in waited.value if missing.expected}
    return passed(
        f"{len(asked)} queries name {len(metrics_of(one.named() for one in asked))} metrics, all known",
        *(f"seldom there: {entry.series}: {entry.because}" for entry in sorted(expected, key=lambda entry: entry.series)),
    )


async def missing_of(stage: Stage, asked: Sequence[Asked]) -> tuple[Missing, ...]:
    """What the queries name and nothing knows, each once for a query."""
    refused = [Missing(asked=one, what=said) for one in asked if (said := await _refused(stage, one))]
    wrong = {missing.asked.place for missing in refused}
    readable = [one for one in asked if one.place not in wrong]
    series = {METRICS: await _series(stage, [one for one in readable if one.source == METRICS])}
    if any(one.source == LOGS for one in readable):
        series[LOGS] = {"": await stage.logs.streams(EVERY_STREAM, start_ns=int((time.time() - LOOK_BACK_S) * 1e9))}
    seldom = [(selector_named(entry.series), entry) for entry in seldom_series()]
    found = [
        Missing(asked=one, what=told.what, expected=_expected(told, seldom))
        for one in readable
        for told in unknown(one.named(), series[one.source])
    ]
    return (*refused, *found)


def stale_entries(entries: Iterator[SeldomSeries], asked: Iterator[Asked]) -> Iterator[str]:
    """Entries about series that no query names."""
    named = {selector for one in asked if one.source == METRICS for selector in one.named().selectors}
    for entry in entries:
        wanted = selector_named(entry.series)
        if not any(one.metric == wanted.metric and set(wanted.matchers) <= set(one.matchers) for one in named):
            yield f"{entry.place}: {entry.series}"


def with_typo(plan: Plan, kind: Kind) -> Plan:
    """The plan with one letter too many in the first metric that a query of that kind names."""
    one = next(asked for asked in asked_by(plan) if asked.kind == kind and metrics_of([asked.named()]))
    metric = metrics_of([one.named()])[0]
    right = one.written or one.expression
    wrong = right.replace(metric, f"{metric}s")
    folder = "dashboards/" if kind == "panel" else "rules/"

    def broken(content: Any) -> Any:
        if isinstance(content, Mapping):
            return {key: wrong if value == right else broken(value) for key, value in content.items()}
        return [broken(value) for value in content] if isinstance(content, list | tuple) else content

    return replace(
        plan,
        workloads=tuple(
            replace(
                workload,
                files=tuple(
                    replace(file, content=broken(file.content)) if file.name.startswith(folder) else file
                    for file in workload.files
                ),
            )
            for workload in plan.workloads
        ),
    )


def _expected(told: Unknown, seldom: Sequence[tuple[Selector, SeldomSeries]]) -> SeldomSeries | None:
    return next((entry for selector, entry in seldom if expected_missing(told, selector)), None)


async def _series(stage: Stage, asked: Sequence[Asked]) -> dict[str, tuple[Labels, ...]]:
    metrics = metrics_of(one.named() for one in asked)
    found: dict[str, list[Labels]] = {}
    for start in range(0, len(metrics), METRICS_AT_ONCE):
        some = "|".join(metrics[start : start + METRICS_AT_ONCE])
        for labels in await stage.prometheus.series(f'{{__name__=~"{some}"}}', start_s=time.time() - LOOK_BACK_S):
            found.setdefault(labels["__name__"], []).append(labels)
    return {metric: tuple(labels) for metric, labels in found.items()}


async def _refused(stage: Stage, asked: Asked) -> str:
    """Why the query cannot be read; empty if it can. Of LogQL the log store is asked, since there is no other judge here."""
    try:
        asked.named()
    except Unreadable as error:
        return f"cannot be read: {error}"
    if asked.source != LOGS:
        return ""
    said = await stage.logs.grammar_mistake(written_out(asked.expression, asked.texts))
    return f"cannot be read: {said}" if said else ""
