"""Every target that the plan lists is known to Prometheus and was scraped without error."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from watchkeeper.observe.prometheus import ScrapeTarget
from watchkeeper.observe.wait import until
from watchkeeper.verify.claim import Claim, Verdict, failed, passed
from watchkeeper.verify.expected import scrape_jobs
from watchkeeper.verify.stage import Stage


def complaints(expected: dict[str, int], targets: Sequence[ScrapeTarget]) -> list[str]:
    """What differs between the plan and what Prometheus sees; one line each."""
    seen = Counter(target.job for target in targets)
    missing = [f"{job}: {seen[job]} of {count} targets" for job, count in sorted(expected.items()) if seen[job] != count]
    down = [f"{t.job} {t.instance}: {t.health}: {t.last_error}" for t in targets if t.health != "up"]
    return missing + down


async def check(stage: Stage) -> Verdict:
    """Waits one scrape interval for the first scrape of each."""
    expected = scrape_jobs(stage.plan)
    interval_s = float(stage.plan.settings["scrape.interval_s"])
    waited = await until(
        stage.prometheus.targets, lambda targets: not complaints(expected, targets), within_s=interval_s + 10, every_s=0.5
    )
    wrong = complaints(expected, waited.value)
    if wrong:
        return failed(f"{len(wrong)} targets are not up", *wrong)
    return passed(f"{len(waited.value)} targets of {len(expected)} jobs are up")


@asynccontextmanager
async def breakage(stage: Stage) -> AsyncIterator[Stage]:
    stage.sabotage.stop("node_exporter")
    try:
        # a target stays "up" until its next scrape fails
        await until(
            stage.prometheus.targets,
            lambda targets: any(target.job == "node" and target.health == "down" for target in targets),
            within_s=float(stage.plan.settings["scrape.interval_s"]) + 5,
        )
        yield stage
    finally:
        stage.sabotage.start("node_exporter")


CLAIM = Claim(
    name="every_target_is_up",
    sentence="Prometheus scrapes every target of the plan without error",
    requirements=("A1", "C6", "C8"),
    bound="within one scrape interval",
    check=check,
    breakage=breakage,
    broken_by="node_exporter is stopped",
    components=("prometheus", "node_exporter"),
    deadline_s=90.0,
)
