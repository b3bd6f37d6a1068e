"""The routes of eight teams (requirement C5), with the receivers written down by hand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from watchkeeper.catalogue.alertmanager.config import FILE
from watchkeeper.catalogue.alertmanager.decide import deliveries
from watchkeeper.plan.resolve import resolve
from watchkeeper.spec import load
from watchkeeper.verify.rehearsal import eight_teams
from watchkeeper.workload.yaml_text import yaml_text


@pytest.fixture(scope="module")
def config() -> Mapping[str, Any]:
    return configuration({"routes": eight_teams()})


def configuration(description: Mapping[str, Any]) -> Mapping[str, Any]:
    plan = resolve(load(yaml_text(dict(description)), "watchkeeper.yaml"), folder=Path("/stack"))
    content = next(file.content for file in plan.workload("alertmanager").files if file.name == FILE)
    assert isinstance(content, Mapping)
    return content


EXPECTED = [
    ("platform", "critical", ["duty-manager", "platform-pager", "platform-chat"]),
    ("platform", "warning", ["platform-chat"]),
    ("platform", "info", ["inbox"]),
    ("infrastructure", "critical", ["duty-manager", "platform-pager", "infrastructure-chat"]),
    ("infrastructure", "warning", ["infrastructure-chat"]),
    ("application", "critical", ["duty-manager", "platform-pager", "application-chat"]),
    ("data", "critical", ["duty-manager", "platform-pager", "data-hook"]),
    ("ai", "critical", ["duty-manager", "platform-pager", "ai-chat"]),
    ("ai", "warning", ["ai-chat"]),
    ("security", "critical", ["duty-manager", "security-pager", "security-chat"]),
    ("security", "warning", ["security-chat"]),
    ("security", "info", ["security-chat"]),
    ("customer-success", "critical", ["customer-success", "product"]),
    ("customer-success", "warning", ["customer-success"]),
    ("business", "critical", ["customer-success", "product"]),
    ("business", "warning", ["customer-success", "product"]),
    ("business", "info", ["inbox"]),
    ("nobody", "critical", ["platform-chat"]),
    ("security", "none", ["inbox"]),
]


@pytest.mark.parametrize(("team", "severity", "receivers"), EXPECTED)
def test_each_team_is_told_at_each_severity(config: Mapping[str, Any], team: str, severity: str, receivers: list[str]) -> None:
    told = deliveries(config, {"alertname": "Anything", "team": team, "severity": severity})
    assert [delivery.receiver for delivery in told] == receivers


def test_critical_is_told_within_seconds_and_escalated_after_the_delay(config: Mapping[str, Any]) -> None:
    told = {d.receiver: d for d in deliveries(config, {"team": "security", "severity": "critical"})}
    assert {name: delivery.wait_s for name, delivery in told.items()} == {
        "duty-manager": 300,
        "security-pager": 5,
        "security-chat": 5,
    }


def test_the_watchdog_goes_to_the_heartbeat_and_a_proof_to_its_own_receipts(config: Mapping[str, Any]) -> None:
    assert [d.receiver for d in deliveries(config, {"alertname": "Watchdog", "severity": "none"})] == ["heartbeat"]
    assert [d.receiver for d in deliveries(config, {"alertname": "WatchkeeperCanary", "team": "ai"})] == ["canary"]


def test_a_rehearsal_takes_the_real_routes(config: Mapping[str, Any]) -> None:
    labels = {"alertname": "WatchkeeperCanary", "rehearsal": "1", "team": "ai", "severity": "warning"}
    assert [delivery.receiver for delivery in deliveries(config, labels)] == ["ai-chat"]


@pytest.mark.parametrize("severity", ["critical", "warning", "info", "none", ""])
def test_without_any_receiver_everything_is_kept_in_the_inbox(severity: str) -> None:
    told = deliveries(configuration({}), {"alertname": "A", "team": "platform", "severity": severity})
    assert [delivery.receiver for delivery in told] == ["inbox"]


def test_a_rule_is_tried_before_the_teams_and_may_name_several_receivers() -> None:
    routes = eight_teams()
    routes["rules"] = [{"match": {"component": "billing"}, "receiver": "product", "also": ["heartbeat", "product"]}]
    told = deliveries(configuration({"routes": routes}), {"team": "ai", "severity": "critical", "component": "billing"})
    assert [delivery.receiver for delivery in told] == ["product", "heartbeat"]


def test_the_watchdog_repeats_before_the_tick_at_which_it_is_due() -> None:
    """A repeat equal to the interval between ticks would be skipped every other time."""
    route = next(r for r in configuration({"routes": eight_teams()})["route"]["routes"] if r["receiver"] == "heartbeat")
    assert (route["group_interval"], route["repeat_interval"]) == ("12s", "54s")
