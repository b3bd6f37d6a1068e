"""Receivers that fail, limit the rate, stall or hang up for a while: the alert arrives all the same, only later."""

from __future__ import annotations

import time

from watchkeeper.observe.wait import until
from watchkeeper.verify.claim import Claim, Verdict, failed, inconclusive, passed
from watchkeeper.verify.receivers.arrivals import Trouble
from watchkeeper.verify.rogue import receivers_refuse
from watchkeeper.verify.stage import Stage

BOUND_S = 75.0
TROUBLES: tuple[tuple[Trouble, ...], ...] = (
    ("fail", "fail", "fail"),
    ("limit", "limit"),
    ("stall",),
    ("hang-up", "hang-up", "hang-up"),
)


async def check(stage: Stage) -> Verdict:
    """Each receiver gets one alert and one sort of trouble; the sorts take turns inside each channel."""
    rehearsal = stage.rehearsal
    if rehearsal is None or not rehearsal.channels:
        return inconclusive("there are no receivers")
    stamp, position, start_s = time.time_ns(), rehearsal.arrivals.count(), time.time()
    seen: dict[tuple[str, ...], int] = {}
    marks: dict[str, tuple[str, tuple[Trouble, ...]]] = {}
    for number, (receiver, channels) in enumerate(rehearsal.channels.items()):
        turn = seen.get(channels, 0)
        seen[channels] = turn + 1
        troubles = TROUBLES[(turn + len(seen)) % len(TROUBLES)]
        marks[f"Troubled{stamp}x{number:02}"] = (receiver, troubles)
        rehearsal.arrivals.make_trouble(receiver, troubles)
    alerts = [
        {"alertname": mark, "rehearsal_for": receiver, "rehearsal": mark, "severity": "critical", "team": "platform"}
        for mark, (receiver, _) in marks.items()
    ]
    await stage.alertmanager.post(alerts)

    async def arrived() -> dict[str, float]:
        found: dict[str, float] = {}
        for arrival in rehearsal.arrivals.since(position):
            for mark, (receiver, _) in marks.items():
                if receiver == arrival.receiver and mark in arrival.text:
                    found.setdefault(mark, arrival.at_s - start_s)
        return found

    heard = await until(arrived, lambda found: len(found) == len(marks), within_s=BOUND_S, every_s=0.25)
    lines = [
        f"{receiver} ({', '.join(troubles)}): " + (f"{heard.value[mark]:.1f} s" if mark in heard.value else "never")
        for mark, (receiver, troubles) in marks.items()
    ]
    for receiver in rehearsal.channels:
        rehearsal.arrivals.make_trouble(receiver, ())
    if not heard.satisfied:
        return failed(f"{len(marks) - len(heard.value)} of {len(marks)} alerts were lost to the trouble", *lines)
    return passed(f"{len(marks)} of {len(marks)} arrived, the last after {max(heard.value.values()):.1f} s", *lines)


CLAIM = Claim(
    name="troubled_receivers_still_get_alerts",
    sentence="An alert arrives although its receiver fails, limits, stalls or hangs up at first",
    requirements=("X1",),
    bound=f"within {BOUND_S:.0f} s",
    check=check,
    breakage=receivers_refuse,
    broken_by="the receivers' trouble does not end",
    components=("alertmanager",),
    deadline_s=120.0,
    group="alerting",
    rehearsed=True,
)
