"""Which alerts hold back others: the usual ones, the description's own, and maintenance.

Alertmanager takes two alerts that both lack a label for equal in it. So every rule here also asks that the labels that tie
two alerts together are there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from watchkeeper.catalogue.routing import Inhibit, MaintenanceWindow, Routing
from watchkeeper.catalogue.scene import RuleFile
from watchkeeper.workload.reference import Structure

MAINTENANCE = "WatchkeeperMaintenance"
NEVER_HELD_BACK = f'alertname!~"Watchdog|WatchkeeperCanary|{MAINTENANCE}"'


def inhibit_rules(routing: Routing) -> list[Structure]:
    """All of them. The order does not matter: an alert is held back if any rule says so."""
    return [
        # of the same alert at two severities, only the worse one is news
        _rule(['severity="critical"', 'alertname!="WatchkeeperCanary"'], ['severity=~"warning|info"'],
              ["alertname", "instance", "job"], present=("instance",)),
        # a host that is gone explains whatever is missing on it, in every job that carries its name
        _rule(['alertname="HostDown"'], ['alertname!="HostDown"', NEVER_HELD_BACK], ["instance"], present=("instance",)),
        _rule(['alertname="HostDown"'], ['alertname!="HostDown"', NEVER_HELD_BACK], ["host"], present=("host",)),
        # a subject that is down explains its own symptoms
        _rule(['alertname=~".+Down"', 'severity="critical"'], ['alertname!~".+Down"', NEVER_HELD_BACK], ["job", "instance"],
              present=("job", "instance")),
        # a disk that is full says more than one that fills
        _rule(['alertname="HostDiskFull"'], ['alertname=~"HostDiskFilling|HostDiskFullSoon"'], ["instance", "mountpoint"],
              present=("instance", "mountpoint")),
        *(_described(inhibit) for inhibit in routing.inhibit),
        *(_maintained(window) for window in routing.maintenance),
    ]  # fmt: skip


def maintenance_rules(windows: Sequence[MaintenanceWindow]) -> Iterator[RuleFile]:
    """An alert that fires during each window, so that what is held back and why can be seen where alerts are seen."""
    if windows:
        yield RuleFile(
            name="alertmanager-maintenance.yaml",
            content={"groups": [{"name": "maintenance", "rules": [_alert(window) for window in windows]}]},
        )


def _rule(source: list[str], target: list[str], equal: list[str], *, present: Sequence[str]) -> Structure:
    return {
        "source_matchers": [*source, *(f'{label}!=""' for label in present)],
        "target_matchers": target,
        "equal": equal,
    }


def _described(inhibit: Inhibit) -> Structure:
    when, silence = ([str(matcher) for matcher in selector.matchers] for selector in (inhibit.when, inhibit.silence))
    return _rule(when, silence, list(inhibit.same), present=inhibit.same)


def _maintained(window: MaintenanceWindow) -> Structure:
    wanted = [str(matcher) for matcher in window.match.matchers] if window.match else []
    return {
        "source_matchers": [f'alertname="{MAINTENANCE}"', f'window="{window.name}"'],
        "target_matchers": [*wanted, NEVER_HELD_BACK],
    }


def _alert(window: MaintenanceWindow) -> Structure:
    what = f"alerts that match {window.match}" if window.match else "all alerts"
    return {
        "alert": MAINTENANCE,
        "expr": " or ".join(_during(start_s, window) for start_s in window.starts_s),
        "labels": {"severity": "none", "team": "platform", "window": window.name},
        "annotations": {
            # a selector may hold braces, which are a template's own
            "summary": f"Maintenance {window.name}: {_plain(what)} are held back.",
            "description": "The window stands under routes.maintenance in the description; this alert ends with it.",
            "dashboard": "watchkeeper-self",
        },
    }


def _during(start_s: int, window: MaintenanceWindow) -> str:
    if window.every_s:
        return f"((vector(time()) - {start_s}) % {window.every_s} < {window.lasts_s})"
    return f"(vector(time()) >= {start_s} < {start_s + window.lasts_s})"


def _plain(text: str) -> str:
    return text.replace("{", "").replace("}", "")
