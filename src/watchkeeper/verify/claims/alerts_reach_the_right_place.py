"""A thousand alerts of all teams and severities, each with a name of its own: where does each arrive?"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from watchkeeper.catalogue.alertmanager.decide import deliveries
from watchkeeper.catalogue.routing import OWN_RECEIVERS
from watchkeeper.observe.wait import until
from watchkeeper.spec.selector import parse_selector
from watchkeeper.verify.claim import Claim, Verdict, failed, inconclusive, passed
from watchkeeper.verify.expected import alertmanager_configuration
from watchkeeper.verify.rehearsal import Rehearsal
from watchkeeper.verify.rogue import receivers_refuse
from watchkeeper.verify.stage import Stage

ALERTS = 1000
BATCH = 100
SEVERITIES = ("critical", "warning", "info")
LONGEST_WAIT_S = 60
"""Receivers that a route tells later than this are escalations; their turn must not come here."""
WITHIN_S = 90.0
_NAME = re.compile(r"Rehearsed[0-9]+x[0-9]{4}")


def mixed(teams: Sequence[str], stamp: int) -> list[dict[str, str]]:
    """The alerts: teams and severities in turn, and one in ten of a team that nobody knows."""
    return [
        {
            "alertname": f"Rehearsed{stamp}x{number:04}",
            "team": "nobody" if number % 10 == 9 else teams[number % len(teams)],
            "severity": SEVERITIES[(number // len(teams)) % len(SEVERITIES)],
            "job": "rehearsal",
        }
        for number in range(ALERTS)
    ]


def expected(config: Mapping[str, Any], alerts: Sequence[Mapping[str, str]]) -> set[tuple[str, str]]:
    """(alert, receiver) of every notification that is due at outside receivers; escalations are not."""
    return {
        (alert["alertname"], delivery.receiver)
        for alert in alerts
        for delivery in deliveries(config, alert)
        if delivery.wait_s <= LONGEST_WAIT_S and delivery.receiver not in OWN_RECEIVERS
    }


async def check(stage: Stage) -> Verdict:
    """Sent to Alertmanager as Prometheus sends them; compared with what the routes say, both ways."""
    if stage.rehearsal is None:
        return inconclusive("there are no receivers")
    rehearsal, config = stage.rehearsal, alertmanager_configuration(stage.plan)
    teams = teams_of(config) or ["platform"]
    alerts = mixed(teams, int(time.time()))
    due, position = expected(config, alerts), rehearsal.arrivals.count()
    start = time.monotonic()
    for first in range(0, ALERTS, BATCH):
        await stage.alertmanager.post(alerts[first : first + BATCH])

    async def arrived() -> set[tuple[str, str]]:
        return _seen(rehearsal, position)

    heard = await until(arrived, lambda seen: due <= seen, within_s=WITHIN_S, every_s=0.5)
    took_s = time.monotonic() - start
    await stage.alertmanager.post(alerts, ends_at=datetime.now(UTC))
    missing, wrong = sorted(due - heard.value), sorted(heard.value - due)
    details = [f"did not arrive: {name} at {receiver}" for name, receiver in missing[:10]]
    details += [f"arrived at the wrong place: {name} at {receiver}" for name, receiver in wrong[:10]]
    details += rehearsal.arrivals.complaints()
    if missing or wrong or not due:
        return failed(f"of {len(due)} notifications {len(missing)} did not arrive, and {len(wrong)} were wrong", *details)
    return passed(f"{ALERTS} alerts of {len(teams)} teams: {len(due)} of {len(due)} notifications arrived, 0 elsewhere, "
                  f"in {took_s:.0f} s")  # fmt: skip


def teams_of(config: Mapping[str, Any]) -> list[str]:
    """The teams that have a route of their own, sorted."""
    texts = [text for route in config["route"]["routes"] for text in route.get("matchers", ())]
    matchers = [matcher for text in texts for matcher in parse_selector(f"{{{text}}}").matchers]
    return sorted({matcher.value for matcher in matchers if matcher.label == "team" and matcher.operator == "="})


def _seen(rehearsal: Rehearsal, position: int) -> set[tuple[str, str]]:
    return {
        (name, arrival.receiver)
        for arrival in rehearsal.arrivals.since(position)
        if arrival.status == "firing"
        for name in _NAME.findall(arrival.text)
    }


CLAIM = Claim(
    name="alerts_reach_the_right_place",
    sentence="Of a thousand mixed alerts each arrives where its route leads, and nowhere else",
    requirements=("C5",),
    bound=f"all within {WITHIN_S:.0f} s, none in a wrong place",
    check=check,
    breakage=receivers_refuse,
    broken_by="every receiver refuses what it gets",
    components=("alertmanager",),
    deadline_s=150.0,
    group="alerting",
    rehearsed=True,
)
