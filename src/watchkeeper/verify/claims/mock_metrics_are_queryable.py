"""Every mock exporter's series can be asked for, and are fresh."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from watchkeeper.observe.wait import until
from watchkeeper.verify.claim import Claim, Verdict, failed, inconclusive, passed
from watchkeeper.verify.expected import mock_jobs
from watchkeeper.verify.stage import Stage

SCRAPED_AT = 'timestamp(up{source="mock"} == 1)'
SERIES = 'count by (job) ({source="mock", __name__!~"up|scrape_.*"})'


async def check(stage: Stage) -> Verdict:
    """Fresh means: not older than two scrapes."""
    jobs = mock_jobs(stage.plan)
    if not jobs:
        return inconclusive("the plan has no mock exporter")
    oldest_s = 2 * float(stage.plan.settings["scrape.interval_s"]) + 5

    async def fresh() -> dict[str, float]:
        now_s = time.time()
        scraped = {s.labels["job"]: s.value for s in await stage.prometheus.query(SCRAPED_AT)}
        series = {s.labels["job"]: s.value for s in await stage.prometheus.query(SERIES)}
        return {job: count for job, count in series.items() if now_s - scraped.get(job, 0) <= oldest_s}

    waited = await until(fresh, lambda found: set(jobs) <= set(found), within_s=oldest_s, every_s=0.5)
    missing = sorted(set(jobs) - set(waited.value))
    if missing:
        return failed(f"{len(missing)} of {len(jobs)} mock exporters give nothing fresh", *missing)
    counts = {sample.labels["job"]: int(sample.value) for sample in await stage.prometheus.query(SERIES)}
    return passed(
        f"{sum(counts.values())} series of {len(jobs)} mock exporters", *(f"{job}: {counts[job]} series" for job in jobs)
    )


@asynccontextmanager
async def breakage(stage: Stage) -> AsyncIterator[Stage]:
    stage.sabotage.stop("mocks")
    try:
        # the failed scrape marks the series stale; before it, the old ones are still the newest
        await until(
            lambda: stage.prometheus.query('up{source="mock"} == 0'),
            lambda samples: len(samples) == len(mock_jobs(stage.plan)),
            within_s=float(stage.plan.settings["scrape.interval_s"]) + 5,
        )
        yield stage
    finally:
        stage.sabotage.start("mocks")


CLAIM = Claim(
    name="mock_metrics_are_queryable",
    sentence="The metrics of every mock exporter can be queried and are fresh",
    requirements=("A1", "A4", "C8"),
    bound="not older than two scrapes",
    check=check,
    breakage=breakage,
    broken_by="the mocks are stopped",
    components=("prometheus", "mocks"),
    deadline_s=120.0,
)
