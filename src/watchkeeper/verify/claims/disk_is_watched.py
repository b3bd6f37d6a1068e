"""The disk that holds the data is measured, an alert would tell before it is full, and there is room now."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from watchkeeper.observe.wait import until
from watchkeeper.spec.quantities import format_size
from watchkeeper.verify.claim import Claim, Verdict, failed, passed
from watchkeeper.verify.stage import Stage

FREE = 'node_filesystem_avail_bytes{fstype!~"tmpfs|ramfs|squashfs|iso9660"}'
FRESH = f"timestamp({FREE})"
ALERTS = {"HostDiskFilling", "HostDiskFull"}


async def check(stage: Stage) -> Verdict:
    """Fresh means: not older than two scrapes."""
    oldest_s = 2 * float(stage.plan.settings["scrape.interval_s"]) + 5
    waited = await until(
        lambda: stage.prometheus.query(FRESH),
        lambda samples: any(time.time() - sample.value <= oldest_s for sample in samples),
        within_s=oldest_s,
        every_s=0.5,
    )
    if not waited.satisfied:
        return failed("no file system has been measured lately")
    missing = ALERTS - {
        rule.name for rule in await stage.prometheus.rules() if rule.kind == "alerting" and rule.health != "err"
    }
    if missing:
        return failed(f"no alert would tell of a full disk: {', '.join(sorted(missing))} is not loaded")
    free = {sample.labels["mountpoint"]: sample.value for sample in await stage.prometheus.query(FREE)}
    least = min(free, key=lambda mountpoint: free[mountpoint])
    return passed(
        f"{len(free)} file systems are measured; least room on {least}: {format_size(int(free[least]) // 2**20 * 2**20)}"
    )


@asynccontextmanager
async def breakage(stage: Stage) -> AsyncIterator[Stage]:
    stage.sabotage.stop("node_exporter")
    try:
        await until(
            lambda: stage.prometheus.query(FREE),
            lambda samples: not samples,
            within_s=float(stage.plan.settings["scrape.interval_s"]) + 10,
        )
        yield stage
    finally:
        stage.sabotage.start("node_exporter")


CLAIM = Claim(
    name="disk_is_watched",
    sentence="Disk use is measured and guarded by alerts",
    requirements=("A5", "D2"),
    bound="measured within the last two scrapes",
    check=check,
    breakage=breakage,
    broken_by="node_exporter is stopped",
    components=("prometheus", "node_exporter"),
    deadline_s=120.0,
)
