"""Fifty hosts are lost at once, with twenty alerts each: people hear of it a few times, not a thousand times."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

from watchkeeper.observe.wait import pause, until
from watchkeeper.verify.claim import Claim, Verdict, failed, inconclusive, passed
from watchkeeper.verify.rehearsal import Rehearsal
from watchkeeper.verify.stage import Stage

HOSTS, SYMPTOMS = 50, 19
MOST_NOTIFICATIONS = 10
FIRST_WITHIN_S = 30.0
WATCHED_S = 20.0
"""From the first notification on; several looks at each group."""


def storm(stamp: int, *, scattered: bool) -> list[dict[str, str]]:
    """HostDown for each host, and what its services have to say about that. ``scattered``: with nothing in common."""
    alerts = []
    for host in range(HOSTS):
        name = f"storm-{stamp}-{host:02}"
        alerts.append({"alertname": "HostDown", "host": name, "instance": f"{name}:9100", "job": "node"})
        alerts += (
            {"alertname": f"Symptom{number:02}", "host": name, "instance": f"{name}:{8000 + number}", "job": f"service{number}"}
            for number in range(SYMPTOMS)
        )
    if scattered:
        alerts = [
            {"alertname": f"Storm{stamp}x{number}", "instance": a["instance"], "job": f"{number}"}
            for number, a in enumerate(alerts)
        ]
    return [{**alert, "severity": "critical", "team": "infrastructure"} for alert in alerts]


async def check(stage: Stage) -> Verdict:
    """Counts what reaches people: the receivers of the description, not the platform's own inbox."""
    if stage.rehearsal is None:
        return inconclusive("there are no receivers")
    rehearsal, stamp = stage.rehearsal, int(time.time())
    alerts = storm(stamp, scattered=rehearsal.scattered)
    position = rehearsal.arrivals.count()
    # the hosts first: in a real outage too, the symptoms need their own evaluations
    for batch in (alerts[:: SYMPTOMS + 1], alerts):
        await stage.alertmanager.post(batch)

    async def heard() -> Counter[str]:
        return _heard(rehearsal, position, stamp)

    first = await until(heard, bool, within_s=FIRST_WITHIN_S)
    await pause(WATCHED_S)
    counts = _heard(rehearsal, position, stamp)
    await stage.alertmanager.post(alerts, ends_at=datetime.now(UTC))
    total = counts.total()
    details = [f"{receiver}: {count}" for receiver, count in sorted(counts.items())]
    if not total:
        return failed(f"{len(alerts)} alerts, and nobody heard of them within {FIRST_WITHIN_S:.0f} s")
    if total > MOST_NOTIFICATIONS:
        return failed(f"{len(alerts)} alerts became {total} notifications", *details)
    return passed(
        f"{len(alerts)} alerts on {HOSTS} hosts became {total} notifications, the first after {first.elapsed_s:.1f} s", *details
    )


def _heard(rehearsal: Rehearsal, position: int, stamp: int) -> Counter[str]:
    mine = (a for a in rehearsal.arrivals.since(position) if str(stamp) in a.text or "HostDown" in a.text)
    return Counter(arrival.receiver for arrival in mine)


@asynccontextmanager
async def breakage(stage: Stage) -> AsyncIterator[Stage]:
    rehearsal = replace(stage.rehearsal, scattered=True) if stage.rehearsal else None
    yield replace(stage, rehearsal=rehearsal)


CLAIM = Claim(
    name="storm_becomes_few_notifications",
    sentence="A thousand alerts of fifty lost hosts become a handful of notifications",
    requirements=("C5",),
    bound=f"at most {MOST_NOTIFICATIONS} notifications",
    check=check,
    breakage=breakage,
    broken_by="the alerts share no host, name or job",
    components=("alertmanager",),
    deadline_s=90.0,
    group="alerting",
    rehearsed=True,
)
