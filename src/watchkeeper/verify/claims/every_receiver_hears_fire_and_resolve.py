"""A condition is switched on and off for each receiver and severity; each channel of the receiver must hear of both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass

from watchkeeper.observe.wait import until
from watchkeeper.verify.claim import Claim, Verdict, failed, inconclusive, passed
from watchkeeper.verify.receivers.arrivals import Status
from watchkeeper.verify.rehearsal import GROUP_INTERVAL, Rehearsal
from watchkeeper.verify.rogue import receivers_refuse
from watchkeeper.verify.stage import Stage

BOUND_S = 30.0
SEVERITIES = ("critical", "warning", "info")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """One notification that must arrive: the mark stands somewhere in its text."""

    receiver: str
    channel: str
    severity: str
    mark: str


async def check(stage: Stage) -> Verdict:
    """Latencies are from the condition's change to the moment the receiver took the notification."""
    rehearsal = stage.rehearsal
    if rehearsal is None or not rehearsal.channels:
        return inconclusive("there are no receivers")
    stamp = time.time_ns()
    conditions = {
        (receiver, severity): {
            "rehearsal": f"{stamp}-{number:03}",
            "rehearsal_for": receiver,
            "severity": severity,
            "team": "platform",
        }
        for number, (receiver, severity) in enumerate((r, s) for r in rehearsal.channels for s in SEVERITIES)
    }
    wanted = [
        _Wanted(receiver=receiver, channel=channel, severity=severity, mark=labels["rehearsal"])
        for (receiver, severity), labels in conditions.items()
        for channel in rehearsal.channels[receiver]
    ]
    position, changed_at_s = rehearsal.arrivals.count(), {}
    for labels in conditions.values():
        changed_at_s[labels["rehearsal"]] = time.time()
        await stage.canary.switch_on(labels, duration_s=4 * BOUND_S)
    fired = await _heard(rehearsal, wanted, "firing", position, changed_at_s)
    for labels in conditions.values():
        changed_at_s[labels["rehearsal"]] = time.time()
        await stage.canary.switch_off(labels)
    resolved = await _heard(rehearsal, wanted, "resolved", position, changed_at_s)
    silent = [f"{w.receiver} by {w.channel}: {w.severity} {what}" for what, heard in (("fire", fired), ("resolve", resolved))
              for w in wanted if w not in heard]  # fmt: skip
    silent += rehearsal.arrivals.complaints()
    if silent:
        return failed(f"{len(silent)} of {2 * len(wanted)} notifications did not arrive within {BOUND_S:.0f} s", *silent)
    urgent = [seconds for w, seconds in fired.items() if w.severity == "critical"]
    return passed(
        f"{len(rehearsal.channels)} receivers × {len(SEVERITIES)} severities; fire {_figures(list(fired.values()))}, "
        f"resolve {_figures(list(resolved.values()))}; critical at most {max(urgent):.1f} s",
        *_table(fired, resolved),
        f"groups were looked at every {GROUP_INTERVAL} in this copy, so that resolves need not wait for the real interval",
    )


async def _heard(
    rehearsal: Rehearsal, wanted: list[_Wanted], status: Status, position: int, since_s: Mapping[str, float]
) -> dict[_Wanted, float]:
    """Seconds from the change to the arrival, of everything that arrived in time."""

    async def look() -> dict[_Wanted, float]:
        arrivals = [arrival for arrival in rehearsal.arrivals.since(position) if arrival.status == status]
        found: dict[_Wanted, float] = {}
        for want in wanted:
            for arrival in arrivals:
                if (arrival.receiver, arrival.channel) == (want.receiver, want.channel) and want.mark in arrival.text:
                    found[want] = arrival.at_s - since_s[want.mark]
                    break
        return found

    heard = await until(look, lambda found: len(found) == len(wanted), within_s=BOUND_S, every_s=0.25)
    return heard.value


def _figures(seconds: list[float]) -> str:
    return f"p50 {statistics.median(seconds):.1f} s, max {max(seconds):.1f} s"


def _table(fired: Mapping[_Wanted, float], resolved: Mapping[_Wanted, float]) -> list[str]:
    """One line a channel of a receiver."""
    rows = dict.fromkeys((want.receiver, want.channel) for want in fired)
    return [
        f"{receiver} by {channel}: fire {_figures(_of(fired, receiver, channel))}; "
        f"resolve {_figures(_of(resolved, receiver, channel))}"
        for receiver, channel in rows
    ]


def _of(heard: Mapping[_Wanted, float], receiver: str, channel: str) -> list[float]:
    return [seconds for want, seconds in heard.items() if (want.receiver, want.channel) == (receiver, channel)]


CLAIM = Claim(
    name="every_receiver_hears_fire_and_resolve",
    sentence="Every receiver hears of every severity, when it fires and when it resolves",
    requirements=("C5", "D4", "X1", "B7"),
    bound=f"each within {BOUND_S:.0f} s of the condition's change",
    check=check,
    breakage=receivers_refuse,
    broken_by="every receiver refuses what it gets",
    components=("prometheus", "alertmanager", "canary"),
    deadline_s=120.0,
    group="alerting",
    rehearsed=True,
)
