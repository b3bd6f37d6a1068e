"""Who is told about which alert, how soon, and when not: teams, rules, inhibition, times and maintenance."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from watchkeeper.spec.document import KeyPath
from watchkeeper.spec.fields import Duration, LabelName, LabelSelector, Many, Name, Some, Written, refusal
from watchkeeper.spec.quantities import format_duration
from watchkeeper.spec.receivers import Receiver

LONGEST_REPEAT_S = 120 * 3600
"""Alertmanager forgets after this time (its --data.retention) what it has sent, so a longer repeat could not be kept."""

Weekday: TypeAlias = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WORKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday")

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")


def _clock(value: str) -> str:
    if not _CLOCK.fullmatch(value):
        raise refusal("bad-time", f"cannot read {value!r} as a time of day", "write hours and minutes, as in 09:00")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, OSError, ValueError):
        raise refusal("bad-time", f"cannot find the time zone {value!r}", "write one such as Europe/Berlin or UTC") from None
    return value


def _instant(value: str) -> str:
    advice = "write date, time and offset, as in 2026-12-01T22:00:00Z"
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        raise refusal("bad-time", f"cannot read {value!r} as a point in time", advice) from None
    if instant.tzinfo is None:
        raise refusal("bad-time", f"cannot tell in which time zone {value} is", advice)
    return value


Clock = Annotated[str, AfterValidator(_clock), Field(json_schema_extra={"pattern": f"^({_CLOCK.pattern})$"})]
"""A time of day, ``09:00`` to ``24:00``."""
Zone = Annotated[str, AfterValidator(_zone)]
Instant = Annotated[str, AfterValidator(_instant), Field(json_schema_extra={"format": "date-time"})]
"""A point in time with its offset, in RFC 3339."""


class Escalation(Written):
    """Somebody else, if an alert still fires after a while."""

    after: Duration = Field(description="How long the alert has fired by then.", examples=["15m"])
    receiver: Name = Field(description="Who is told then.", examples=["duty-manager"])


class Rule(Written):
    """Alerts that match go to the receivers. The first rule that matches decides."""

    match: LabelSelector = Field(
        description="Which alerts: label: value pairs, or a selector in braces.",
        examples=[{"severity": "critical"}, '{team="shop", severity=~"critical|warning"}'],
    )
    receiver: Name = Field(description="Who gets them: the name of a receiver, or inbox.", examples=["ops"])
    also: Many[Name] = Field(default=(), description="Further receivers that get them as well.", examples=[["chat"]])
    escalate: Escalation | None = Field(
        default=None,
        description="Who is told if they do not end.",
        examples=[{"after": "15m", "receiver": "duty-manager"}],
    )
    group_by: Many[LabelName] = Field(
        default=(), description="Alerts with equal values here share a notification.", examples=[["alertname", "cluster"]]
    )
    group_wait: Duration | None = Field(
        default=None, description="How long the first alert of a group waits for others.", examples=["10s"]
    )
    group_interval: Duration | None = Field(
        default=None, description="Least time between two notifications about a changed group.", examples=["1m"]
    )
    repeat_interval: Duration | None = Field(
        default=None, description="When an unchanged group is sent again.", examples=["4h"]
    )
    only_during: Many[Name] = Field(default=(), description="Notify in these times only.", examples=[["business-hours"]])
    not_during: Many[Name] = Field(default=(), description="Do not notify in these times.", examples=[["nights"]])

    def contradictions(self) -> Iterator[tuple[KeyPath, PydanticCustomError]]:
        interval, repeat = self.group_interval, self.repeat_interval
        if repeat and repeat > LONGEST_REPEAT_S:
            yield ("repeat_interval",), refusal(
                "out-of-range", f"cannot repeat after {format_duration(repeat)}: what was sent is forgotten before",
                f"use at most {format_duration(LONGEST_REPEAT_S)}")  # fmt: skip
        elif interval and repeat and repeat % interval:
            kept = format_duration(-(-repeat // interval) * interval)
            yield ("repeat_interval",), refusal(
                "out-of-range", f"cannot repeat after {format_duration(repeat)}: groups are looked at every "
                f"{format_duration(interval)}", f"use a multiple of group_interval, such as {kept}")  # fmt: skip


class Team(Written):
    """Routes of one team by severity. What is not written goes to the default receiver; info goes to the inbox."""

    name: Name = Field(description="The team; its alerts carry the label team with this value.", examples=["platform"])
    match: LabelSelector | None = Field(
        default=None, description="Which alerts are the team's, if not those with its label.", examples=['{team=~"db|data"}']
    )
    critical: Many[Name] = Field(default=(), description="Told at once.", examples=[["platform-pager", "platform-chat"]])
    escalate: Escalation | None = Field(
        default=None,
        description="Who is told of a critical alert that does not end.",
        examples=[{"after": "15m", "receiver": "duty-manager"}],
    )
    warning: Many[Name] = Field(default=(), description="Told of warnings, grouped.", examples=[["platform-chat"]])
    info: Many[Name] = Field(default=("inbox",), description="Told of what nobody has to act on.", examples=[["inbox"]])


class Inhibition(Written):
    """While alerts of one sort fire, others are held back."""

    when: LabelSelector = Field(description="The alerts that explain the others.", examples=[{"alertname": "DatabaseDown"}])
    silence: LabelSelector = Field(description="The alerts that are held back.", examples=[{"team": "shop"}])
    same: Some[LabelName] = Field(description="Labels that must be there and equal on both sides.", examples=[["cluster"]])


class Times(Written):
    """A part of the week, by name."""

    name: Name = Field(description="How rules call it.", examples=["business-hours"])
    days: Some[Weekday] = Field(default=WORKDAYS, description="On these days.")
    start: Clock = Field(default="00:00", description="From this time of day.", examples=["09:00"])
    end: Clock = Field(default="24:00", description="Until this time of day.", examples=["17:00"])
    time_zone: Zone = Field(default="UTC", description="Whose clocks.", examples=["Europe/Berlin"])

    def contradictions(self) -> Iterator[tuple[KeyPath, PydanticCustomError]]:
        if self.start >= self.end:
            yield ("end",), refusal("out-of-range", f"cannot end at {self.end}, before it starts",
                                    "write two entries for a time that spans midnight")  # fmt: skip


class Maintenance(Written):
    """A window in which alerts are held back: once from start to end, or each week on some days for a while."""

    name: Name = Field(description="What it is called in the console.", examples=["patching"])
    match: LabelSelector | None = Field(default=None, description="Which alerts; all, if not written.",
                                        examples=[{"team": "shop"}])  # fmt: skip
    start: Instant | None = Field(default=None, description="When it starts.", examples=["2026-12-01T22:00:00Z"])
    end: Instant | None = Field(default=None, description="When it is over.", examples=["2026-12-02T02:00:00Z"])
    days: Many[Weekday] = Field(default=(), description="Each week on these days.", examples=[["saturday"]])
    at: Clock | None = Field(default=None, description="On those days, from this time (UTC).", examples=["22:00"])
    lasts: Duration | None = Field(default=None, description="And for this long.", examples=["4h"])

    def contradictions(self) -> Iterator[tuple[KeyPath, PydanticCustomError]]:
        once, weekly = (self.start, self.end), (self.days, self.at, self.lasts)
        if any(once) and any(weekly):
            yield (), refusal("conflicting-keys", f"cannot hold the maintenance {self.name} both once and each week",
                              "keep start and end, or days, at and lasts")  # fmt: skip
        elif not all(once) and not all(weekly):
            yield (), refusal("missing-key", f"cannot tell when the maintenance {self.name} is",
                              "add start and end, or days, at and lasts")  # fmt: skip
        elif self.start and self.end and datetime.fromisoformat(self.start) >= datetime.fromisoformat(self.end):
            yield ("end",), refusal("out-of-range", "cannot end a maintenance before it starts", "write a later end")
        elif self.lasts and self.lasts > 7 * 86_400:
            yield ("lasts",), refusal("out-of-range", "cannot last longer than the week after which it comes again",
                                      "use at most 7d")  # fmt: skip


class Watchdog(Written):
    """A dead-man's switch: somebody outside who is told all the time that alerting works, and acts on silence."""

    receiver: Name = Field(description="Who is told.", examples=["heartbeat-service"])
    every: Duration = Field(default=300, description="How often.")

    def contradictions(self) -> Iterator[tuple[KeyPath, PydanticCustomError]]:
        if not 10 <= self.every <= 86_400:
            message = f"cannot tell the watchdog's receiver every {format_duration(self.every)}"
            yield ("every",), refusal("out-of-range", message, "use 10s to 1d")


class Routes(Written):
    """Where alerts go."""

    receivers: Many[Receiver] = Field(
        default=(),
        description="Everyone who can be told.",
        examples=[[{"name": "ops", "webhook": {"url": "http://127.0.0.1:9000/alerts"}}]],
    )
    default: Name | None = Field(
        default=None,
        description="Who gets alerts that no rule and no team claims. Needed as soon as there is a receiver.",
        examples=["ops"],
    )
    rules: Many[Rule] = Field(
        default=(),
        description="Tried from first to last, before the teams.",
        examples=[[{"match": {"severity": "critical"}, "receiver": "ops"}]],
    )
    teams: Many[Team] = Field(
        default=(),
        description="Teams, and who of them is told at which severity.",
        examples=[[{"name": "platform", "critical": ["ops"], "warning": ["ops"]}]],
    )
    inhibit: Many[Inhibition] = Field(
        default=(),
        description="Alerts that others explain, besides the usual: critical holds back warning, a lost host its services.",
        examples=[[{"when": {"alertname": "DatabaseDown"}, "silence": {"team": "shop"}, "same": ["cluster"]}]],
    )
    times: Many[Times] = Field(
        default=(),
        description="Parts of the week that rules name.",
        examples=[[{"name": "business-hours", "start": "09:00", "end": "17:00", "time_zone": "Europe/Berlin"}]],
    )
    maintenance: Many[Maintenance] = Field(
        default=(),
        description="Windows in which alerts are held back.",
        examples=[[{"name": "patching", "match": {"team": "shop"}, "days": ["saturday"], "at": "22:00", "lasts": "4h"}]],
    )
    watchdog: Watchdog | None = Field(
        default=None,
        description="Who outside is told all the time that alerting works.",
        examples=[{"receiver": "ops", "every": "5m"}],
    )

    def contradictions(self) -> Iterator[tuple[KeyPath, PydanticCustomError]]:
        if self.receivers and self.default is None:
            yield (), refusal("missing-key", "cannot tell who gets the alerts that no rule matches",
                              f"add default: {self.receivers[0].name}")  # fmt: skip
