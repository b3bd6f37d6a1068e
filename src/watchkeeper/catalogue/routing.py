"""The words in which the description's routes reach the recipes: channels, receivers, rules, inhibition and times.

Addresses of files have become named secrets, and teams have become rules with a route for each severity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from watchkeeper.spec.selector import Selector

INBOX = "inbox"
"""The canary as a receiver of last resort: what nobody else gets is kept there, and shown in the console."""
CANARY = "canary"
"""The canary as the receiver of its own alert."""
OWN_RECEIVERS = (CANARY, INBOX)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailChannel:
    """``password`` and ``ca`` are names of secrets; empty where there is none."""

    to: tuple[str, ...]
    sender: str
    smarthost: str
    tls: bool = True
    user: str = ""
    password: str = ""
    ca: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackChannel:
    """``url``: the secret that holds the webhook's address."""

    url: str
    channel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PagerDutyChannel:
    """``routing_key``: the secret; ``url``: an address other than PagerDuty's usual one."""

    routing_key: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookChannel:
    """An open address."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayChannel:
    """An address that stands in the secret ``url``, reached through the canary.

    Alertmanager reads a webhook's address from a file only since 0.26, and knows Teams' workflows only since 0.28; Debian
    12 has 0.25. The plan does not know which version will be found, so one way that works with all of them is taken.
    """

    name: str
    kind: Literal["webhook", "teams"]
    url: str


Channel: TypeAlias = EmailChannel | SlackChannel | PagerDutyChannel | WebhookChannel | RelayChannel


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteReceiver:
    """Someone to tell; each channel gets every notification."""

    name: str
    channels: tuple[Channel, ...]

    def secrets(self) -> tuple[str, ...]:
        """The secrets that Alertmanager itself reads."""
        found: list[str] = []
        for channel in self.channels:
            match channel:
                case EmailChannel():
                    found += [name for name in (channel.password, channel.ca) if name]
                case SlackChannel():
                    found.append(channel.url)
                case PagerDutyChannel():
                    found.append(channel.routing_key)
                case _:
                    pass
        return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRule:
    """Alerts that ``match`` selects go to all ``receivers`` (never empty), and to ``escalate_to`` when they still fire
    ``escalate_after_s`` later. Times in seconds, 0 where the platform's own hold. ``rules``: if there are any, the first
    one that matches decides in this one's place.
    """

    match: Selector
    receivers: tuple[str, ...]
    escalate_to: str = ""
    escalate_after_s: int = 0
    urgent: bool = False
    """Do not wait for companions longer than it takes to see a burst as one."""
    group_by: tuple[str, ...] = ()
    group_wait_s: int = 0
    group_interval_s: int = 0
    repeat_interval_s: int = 0
    only_during: tuple[str, ...] = ()
    not_during: tuple[str, ...] = ()
    rules: tuple[RouteRule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inhibit:
    """While ``when`` fires, ``silence`` is held back where the labels ``same`` are equal and not empty."""

    when: Selector
    silence: Selector
    same: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekTimes:
    """Part of the week. ``days`` in English, lower case; times of day as ``09:00``."""

    name: str
    days: tuple[str, ...]
    start: str
    end: str
    time_zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceWindow:
    """Held back in these Unix seconds; with ``every_s`` again and again after that time. ``match``: None means all."""

    name: str
    match: Selector | None
    starts_s: tuple[int, ...]
    lasts_s: int
    every_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """Everything the description says about routes. ``default``: the inbox where nobody is named."""

    receivers: tuple[RouteReceiver, ...] = ()
    default: str = INBOX
    rules: tuple[RouteRule, ...] = ()
    teams: tuple[RouteRule, ...] = ()
    """Tried behind the rules."""
    inhibit: tuple[Inhibit, ...] = ()
    times: tuple[WeekTimes, ...] = ()
    maintenance: tuple[MaintenanceWindow, ...] = ()
    watchdog: str = INBOX
    watchdog_every_s: int = 3600

    def relays(self) -> tuple[RelayChannel, ...]:
        """The channels that lead through the canary."""
        return tuple(c for receiver in self.receivers for c in receiver.channels if isinstance(c, RelayChannel))
