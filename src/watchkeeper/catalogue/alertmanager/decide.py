"""What Alertmanager will do with an alert, worked out from its configuration: who is told, how soon, what holds it back.

Takes the structure of ``alertmanager.yml``, ours or one read from a file, with ``matchers`` (not the older ``match``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import re2

from watchkeeper.spec.quantities import format_duration, parse_duration
from watchkeeper.spec.selector import Matcher, parse_selector

Labels: TypeAlias = Mapping[str, str]
Config: TypeAlias = Mapping[str, Any]

_INHERITED = ("receiver", "group_by", "group_wait", "group_interval", "repeat_interval")
_DEFAULTS = {"group_by": (), "group_wait": "30s", "group_interval": "5m", "repeat_interval": "4h"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One receiver that is told. ``path``: the matchers of each route from the root down, the root's own left out.

    Times as written (``5m``); a receiver hears first after ``group_wait``, so an escalation is a long one.
    """

    receiver: str
    path: tuple[str, ...]
    group_by: tuple[str, ...]
    group_wait: str
    group_interval: str
    repeat_interval: str
    only_during: tuple[str, ...] = ()
    not_during: tuple[str, ...] = ()

    @property
    def wait_s(self) -> int:
        """``group_wait`` in seconds."""
        return 0 if self.group_wait == "0s" else parse_duration(self.group_wait)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """Alert ``by`` holds the alert back, by a rule from ``source`` to ``target`` where ``equal`` labels agree."""

    by: Labels
    source: str
    target: str
    equal: tuple[str, ...]


def deliveries(config: Config, labels: Labels) -> tuple[Delivery, ...]:
    """Who is told, in the order of the routes; never empty, since the root matches everything."""
    return tuple(_below(config["route"], labels, _DEFAULTS, ()))


def held_back(config: Config, labels: Labels, firing: Sequence[Labels]) -> tuple[HeldBack, ...]:
    """What holds an alert back while the others fire.

    As in Alertmanager, an alert that matches both sides of a rule is not held back by another one that does.
    """
    return tuple(
        HeldBack(
            by=other,
            source=_shown(rule["source_matchers"]),
            target=_shown(rule["target_matchers"]),
            equal=tuple(rule.get("equal", ())),
        )
        for rule in config.get("inhibit_rules", ())
        for other in firing
        if _holds(rule, labels, other)
    )


def matches(matchers: Sequence[str], labels: Labels) -> bool:
    """Whether all matchers match; a label that is not there is empty."""
    return all(_matches(matcher, labels) for text in matchers for matcher in _parsed(text))


def _holds(rule: Config, labels: Labels, other: Labels) -> bool:
    source, target = rule["source_matchers"], rule["target_matchers"]
    if not (matches(target, labels) and matches(source, other)):
        return False
    if matches(source, labels) and matches(target, other):
        return False
    return all(labels.get(label, "") == other.get(label, "") for label in rule.get("equal", ()))


def _below(route: Config, labels: Labels, inherited: Config, path: tuple[str, ...]) -> Iterator[Delivery]:
    settings = {**inherited, **{key: route[key] for key in _INHERITED if key in route}}
    found: list[Delivery] = []
    for child in route.get("routes", ()):
        if matches(child.get("matchers", ()), labels):
            found += _below(child, labels, settings, (*path, _shown(child.get("matchers", ()))))
            if not child.get("continue", False):
                break
    yield from found or [_delivery(route, settings, path)]


def _delivery(route: Config, settings: Config, path: tuple[str, ...]) -> Delivery:
    return Delivery(
        receiver=settings["receiver"],
        path=path,
        group_by=tuple(settings["group_by"]),
        group_wait=settings["group_wait"],
        group_interval=settings["group_interval"],
        repeat_interval=settings["repeat_interval"],
        only_during=tuple(route.get("active_time_intervals", ())),
        not_during=tuple(route.get("mute_time_intervals", ())),
    )


@lru_cache(maxsize=4096)
def _parsed(text: str) -> tuple[Matcher, ...]:
    return parse_selector(text if text.lstrip().startswith("{") else f"{{{text}}}").matchers


def _matches(matcher: Matcher, labels: Labels) -> bool:
    value = labels.get(matcher.label, "")
    match matcher.operator:
        case "=":
            return value == matcher.value
        case "!=":
            return value != matcher.value
        case "=~":
            return re2.fullmatch(matcher.value, value) is not None
        case "!~":
            return re2.fullmatch(matcher.value, value) is None


def _shown(matchers: Sequence[str]) -> str:
    return "{" + ", ".join(matchers) + "}"


def in_words(delivery: Delivery) -> str:
    """Grouping and timing in one line."""
    group = ", ".join(delivery.group_by) or "nothing: one group for all"
    group = "every label: one notification an alert" if delivery.group_by == ("...",) else group
    wait = "at once" if delivery.wait_s == 0 else f"after {format_duration(delivery.wait_s)}"
    words = f"{wait}, changes every {delivery.group_interval}, again every {delivery.repeat_interval}; grouped by {group}"
    words += f"; only during {', '.join(delivery.only_during)}" if delivery.only_during else ""
    return words + (f"; not during {', '.join(delivery.not_during)}" if delivery.not_during else "")
