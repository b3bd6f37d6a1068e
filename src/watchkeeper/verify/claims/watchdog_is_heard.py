"""The alert that always fires reaches who is to act on its silence: outside, as soon as anybody outside is told anything."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from watchkeeper.catalogue.alertmanager.channels import counted_channels
from watchkeeper.catalogue.routing import INBOX, OWN_RECEIVERS
from watchkeeper.observe.alertmanager import Alert
from watchkeeper.observe.wait import pause, until
from watchkeeper.spec.quantities import format_duration, parse_duration
from watchkeeper.verify.claim import Claim, Verdict, failed, passed
from watchkeeper.verify.expected import alertmanager_configuration
from watchkeeper.verify.stage import Stage

WATCHDOG = "Watchdog"
WITHIN_S = 90.0
"""Prometheus sends alerts that Alertmanager missed while both started again after a minute."""
SETTLES_S = 5.0
"""A receiver that refuses does so at once, so that a change of the routes shows within this."""
EARLIER = 'sum (alertmanager_notification_requests{kind}_total{{integration="{channel}"}} offset {ago_s}s) or vector(0)'


async def check(stage: Stage) -> Verdict:
    """Who is told, by Alertmanager's own word; then the receipt, or where there is none, what Alertmanager counts."""
    held = await until(lambda: _held(stage), bool, within_s=WITHIN_S)
    if not held.value:
        return failed("Alertmanager does not hold the watchdog: Prometheus does not reach it")
    alert = held.value[0]
    if alert.state != "active":
        return failed("a silence or another alert holds the watchdog back")
    config, (receiver, *_) = alertmanager_configuration(stage.plan), alert.receivers
    if others := only_others_outside(config, receiver):
        return failed(
            f"{', '.join(others)} are told of alerts, but nobody outside would notice that alerting has stopped",
            "add to the description: routes: {watchdog: {receiver: NAME}}, with somebody who acts on silence",
        )
    every_s = longest_pause_s(config)
    (channel, *_) = counted_channels(config)[receiver]
    waited = await until(lambda: _evidence(stage, receiver, channel, every_s), bool, within_s=WITHIN_S, every_s=1.0)
    if not waited.value:
        return failed(f"{receiver} has not taken the watchdog within {format_duration(every_s)}")
    if receiver == INBOX:
        return passed(f"in this machine's own inbox, {waited.value}; nobody outside would notice that it is gone",
                      "routes.watchdog names somebody outside")  # fmt: skip
    return passed(f"told to {receiver}, {waited.value}")


def only_others_outside(config: Mapping[str, Any], receiver: str) -> list[str]:
    """Receivers outside this machine, where there are some and the watchdog's is none of them; sorted."""
    outside = {told["name"] for told in config["receivers"]} - set(OWN_RECEIVERS)
    return [] if receiver in outside else sorted(outside)


def longest_pause_s(config: Mapping[str, Any]) -> int:
    """The longest time between two notifications of the watchdog, by its route's own figures."""
    (route,) = [one for one in config["route"]["routes"] if one["matchers"] == [f'alertname="{WATCHDOG}"']]
    return parse_duration(route["repeat_interval"]) + parse_duration(route["group_interval"])


async def _held(stage: Stage) -> tuple[Alert, ...]:
    return tuple(alert for alert in await stage.alertmanager.alerts()
                 if alert.labels.get("alertname") == WATCHDOG and alert.state != "unprocessed")  # fmt: skip


async def _evidence(stage: Stage, receiver: str, channel: str, every_s: int) -> str:
    """That the newest notification is no older than it may be; empty while there is no evidence."""
    kind, _, relay = channel.partition(":")
    if kind in {INBOX, "relay"}:
        newest_s = _newest_s(await stage.canary.receipts(0), relay or receiver)
        age_s = time.time() - newest_s
        return f"receipt {age_s:.0f} s old" if age_s <= every_s else ""
    accepted, failures = await _counted(stage, kind, every_s)
    return f"Alertmanager counts {accepted} accepted requests by {kind}, and no failed one" if accepted and not failures else ""


async def _counted(stage: Stage, channel: str, ago_s: int) -> tuple[int, int]:
    """Requests of that channel that were accepted and that failed, since then; by whichever receiver: it counts no finer."""
    await pause(SETTLES_S)
    accepted, failed_ = (await stage.alertmanager.notifications()).get(channel, (0, 0))
    total_then, failed_then = [
        int((await stage.prometheus.query(EARLIER.format(kind=kind, channel=channel, ago_s=ago_s)))[0].value)
        for kind in ("", "_failed")
    ]
    if total_then > accepted + failed_:  # it has started again since, and counts from zero
        return accepted, failed_
    return accepted - (total_then - failed_then), failed_ - failed_then


def _newest_s(receipts: Sequence[Mapping[str, Any]], receiver: str) -> float:
    return max(
        (
            float(receipt["received_at"])
            for receipt in receipts
            if receipt["receiver"] == receiver
            and any(alert["labels"].get("alertname") == WATCHDOG for alert in receipt["body"].get("alerts", ()))
        ),
        default=0.0,
    )


@asynccontextmanager
async def breakage(stage: Stage) -> AsyncIterator[Stage]:
    silence = await stage.alertmanager.silence(WATCHDOG, lasts=timedelta(minutes=10), reason=f"counter-test {stage.run_id}")
    try:
        yield stage
    finally:
        await stage.alertmanager.end_silence(silence)


CLAIM = Claim(
    name="watchdog_is_heard",
    sentence="The alert that always fires reaches whoever is to act on its silence",
    requirements=("X1", "X3"),
    bound="its newest notification is no older than its interval",
    check=check,
    breakage=breakage,
    broken_by="a silence holds it back",
    components=("prometheus", "alertmanager", "canary"),
    deadline_s=200.0,
    group="alerting",
)
