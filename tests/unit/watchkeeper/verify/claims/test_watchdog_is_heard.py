"""Who must be told the watchdog, and how often, by the routes of a description."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from watchkeeper.catalogue.alertmanager.channels import counted_channels
from watchkeeper.plan.resolve import resolve
from watchkeeper.spec import load
from watchkeeper.verify.claims.watchdog_is_heard import longest_pause_s, only_others_outside
from watchkeeper.verify.expected import alertmanager_configuration
from watchkeeper.workload.yaml_text import yaml_text

OPS = {"name": "ops", "webhook": {"url": "http://127.0.0.1:9000/alerts"}}
BEAT = {"name": "beat", "webhook": {"url_file": "secrets/beat"}, "slack": {"url_file": "secrets/chat"}}


def configuration(**routes: Any) -> Mapping[str, Any]:
    plan = resolve(load(yaml_text({"routes": routes}), "watchkeeper.yaml"), folder=Path("/stack"))
    return alertmanager_configuration(plan)


def test_without_any_receiver_the_inbox_is_enough() -> None:
    assert only_others_outside(configuration(), "inbox") == []


def test_as_soon_as_somebody_outside_is_told_the_inbox_is_not_enough() -> None:
    config = configuration(receivers=[OPS, BEAT], default="ops")
    assert only_others_outside(config, "inbox") == ["beat", "ops"]


def test_a_watchdog_that_is_told_to_somebody_outside_is_enough() -> None:
    config = configuration(receivers=[OPS, BEAT], default="ops", watchdog={"receiver": "beat"})
    assert only_others_outside(config, "beat") == []


def test_its_notifications_may_be_an_interval_and_a_step_apart() -> None:
    # every 5 min: looked at each minute, repeated from 4 min 30 s on
    config = configuration(receivers=[OPS], default="ops", watchdog={"receiver": "ops", "every": "5m"})
    assert longest_pause_s(config) == 270 + 60


def test_each_channel_is_named_as_its_deliveries_are_counted() -> None:
    assert counted_channels(configuration(receivers=[OPS, BEAT], default="ops")) == {
        "canary": ["inbox"],
        "inbox": ["inbox"],
        "ops": ["webhook"],
        "beat": ["slack", "relay:beat-webhook"],
    }
