"""The tree of routes. Alertmanager takes the first child that matches, and goes on behind one that says ``continue``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from watchkeeper.catalogue.alertmanager.options import AlertmanagerOptions
from watchkeeper.catalogue.routing import CANARY, INBOX, RouteRule, Routing
from watchkeeper.spec.quantities import format_duration
from watchkeeper.spec.selector import Selector
from watchkeeper.workload.reference import Structure

GROUP_BY = ("alertname", "job")
BURST_S = 5
"""How long an urgent alert waits: what breaks together is noticed within one evaluation, and belongs in one page."""


def tree(options: AlertmanagerOptions, routing: Routing) -> Structure:
    """The root and everything below. What nobody claims goes to the default receiver; severity none is for nobody."""
    return {
        "receiver": routing.default,
        "group_by": list(GROUP_BY),
        "group_wait": format_duration(options.group_wait),
        "group_interval": format_duration(options.group_interval),
        "repeat_interval": format_duration(options.repeat_interval),
        "routes": [
            _canary(),
            _watchdog(routing),
            *(route for rule in routing.rules for route in _routes(rule, options)),
            {"matchers": ['severity="none"'], "receiver": INBOX},
            *(route for team in routing.teams for route in _routes(team, options)),
        ],
    }


def _canary() -> Structure:
    """Proofs of the path itself go straight to their receipts; a rehearsal of the routes takes the routes."""
    return {
        "matchers": ['alertname="WatchkeeperCanary"', 'rehearsal=""'],
        "receiver": CANARY,
        "group_by": ["..."],
        "group_wait": "0s",
        "group_interval": "1s",
        "repeat_interval": "1h",
    }


def _watchdog(routing: Routing) -> Structure:
    # A repeat equal to the group interval is skipped every other time: the last one was sent a moment after its tick.
    # So the group is looked at five times as often, and repeats half such a step early.
    step_s = max(1, routing.watchdog_every_s // 5)
    return {
        "matchers": ['alertname="Watchdog"'],
        "receiver": routing.watchdog,
        "group_wait": "0s",
        "group_interval": format_duration(step_s),
        "repeat_interval": format_duration(max(1, routing.watchdog_every_s - (step_s + 1) // 2)),
    }


def _routes(rule: RouteRule, options: AlertmanagerOptions) -> Iterator[Structure]:
    """One route a receiver, all but the last with ``continue``; a rule with rules below is one route around them."""
    matchers = _matchers(rule.match)
    if rule.rules:
        children = [route for inner in rule.rules for route in _routes(inner, options)]
        yield {"matchers": matchers, "receiver": rule.receivers[0], "routes": children}
        return
    routes: list[dict[str, Structure]] = []
    if rule.escalate_to:
        routes.append({"matchers": matchers, "receiver": rule.escalate_to, **_times(rule), **_escalation(rule, options)})
    routes += ({"matchers": matchers, "receiver": name, **_times(rule), **_timing(rule, options)} for name in rule.receivers)
    for route in routes[:-1]:
        route["continue"] = True
    yield from routes


def _matchers(match: Selector) -> list[Structure]:
    return [str(matcher) for matcher in match.matchers]


def _timing(rule: RouteRule, options: AlertmanagerOptions) -> dict[str, Structure]:
    wait_s = rule.group_wait_s or (min(BURST_S, options.group_wait) if rule.urgent else 0)
    written = (
        ("group_wait", wait_s),
        ("group_interval", rule.group_interval_s),
        ("repeat_interval", rule.repeat_interval_s),
    )
    return {**_grouping(rule.group_by), **{key: format_duration(value_s) for key, value_s in written if value_s}}


def _escalation(rule: RouteRule, options: AlertmanagerOptions) -> dict[str, Structure]:
    """A group that waits for the delay before it is sent at all: what has ended by then is never sent."""
    delay_s = rule.escalate_after_s
    repeat_s = rule.repeat_interval_s or options.repeat_interval
    return {
        **_grouping(rule.group_by),
        "group_wait": format_duration(delay_s),
        "group_interval": format_duration(delay_s),
        "repeat_interval": format_duration(-(-repeat_s // delay_s) * delay_s),
    }


def _grouping(labels: Sequence[str]) -> dict[str, Structure]:
    return {"group_by": list(labels)} if labels else {}


def _times(rule: RouteRule) -> dict[str, Structure]:
    written: tuple[tuple[str, Sequence[str]], ...] = (
        ("active_time_intervals", rule.only_during),
        ("mute_time_intervals", rule.not_during),
    )
    return {key: list(names) for key, names in written if names}
