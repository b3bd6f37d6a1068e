from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest
import yaml

from watchkeeper.catalogue.alertmanager.decide import held_back
from watchkeeper.catalogue.alertmanager.inhibition import inhibit_rules, maintenance_rules
from watchkeeper.catalogue.routing import Inhibit, MaintenanceWindow, Routing
from watchkeeper.spec.selector import equal_labels, parse_selector

HOST_DOWN = {"alertname": "HostDown", "severity": "critical", "instance": "db1:9100", "job": "node", "host": "db1"}


def holds(labels: dict[str, str], firing: dict[str, str], routing: Routing | None = None) -> bool:
    return bool(held_back({"inhibit_rules": inhibit_rules(routing or Routing())}, labels, [firing]))


@pytest.mark.parametrize(
    ("labels", "held"),
    [
        ({"alertname": "SlowQueries", "severity": "critical", "host": "db1", "job": "db", "instance": "db1:9187"}, True),
        ({"alertname": "TargetDown", "severity": "critical", "instance": "db1:9100", "job": "node"}, True),
        ({"alertname": "SlowQueries", "severity": "critical", "host": "db2"}, False),
        ({"alertname": "Watchdog", "severity": "none", "host": "db1"}, False),
        ({"alertname": "HostDown", "severity": "critical", "host": "db1", "instance": "db1:9100"}, False),
        ({"alertname": "SlowQueries", "severity": "critical"}, False),
    ],
)
def test_a_lost_host_holds_back_what_is_missing_on_it(labels: dict[str, str], held: bool) -> None:
    assert holds(labels, HOST_DOWN) is held


def test_alerts_that_both_lack_the_label_are_not_taken_for_the_same_subject() -> None:
    down = {"alertname": "HostDown", "severity": "critical"}
    assert not holds({"alertname": "Other", "severity": "warning"}, down)


def test_critical_holds_back_warning_of_the_same_alert_and_subject_only() -> None:
    critical = {"alertname": "QueueLong", "severity": "critical", "instance": "q:1", "job": "q"}
    assert holds({**critical, "severity": "warning"}, critical)
    assert not holds({**critical, "severity": "warning", "instance": "q:2"}, critical)
    assert not holds(critical, {**critical, "severity": "warning"})


def test_an_outage_holds_back_its_symptoms() -> None:
    down = {"alertname": "PostgresDown", "severity": "critical", "instance": "db:9187", "job": "postgres"}
    assert holds({**down, "alertname": "PostgresSlow", "severity": "warning"}, down)
    assert not holds({**down, "alertname": "PostgresSlow", "job": "other"}, down)


def test_a_described_inhibition_needs_its_labels_on_both_sides() -> None:
    inhibit = Inhibit(when=equal_labels({"alertname": "A"}), silence=parse_selector('{team=~"shop|bank"}'), same=("cluster",))
    routing = Routing(inhibit=(inhibit,))
    assert holds({"alertname": "B", "team": "shop", "cluster": "x"}, {"alertname": "A", "cluster": "x"}, routing)
    assert not holds({"alertname": "B", "team": "shop", "cluster": "x"}, {"alertname": "A", "cluster": "y"}, routing)
    assert not holds({"alertname": "B", "team": "shop"}, {"alertname": "A"}, routing)


def test_maintenance_holds_back_what_it_matches_but_never_the_watchdog() -> None:
    window = MaintenanceWindow(name="move", match=equal_labels({"team": "shop"}), starts_s=(0,), lasts_s=60)
    routing = Routing(maintenance=(window,))
    firing = {"alertname": "WatchkeeperMaintenance", "window": "move"}
    assert holds({"alertname": "A", "team": "shop"}, firing, routing)
    assert not holds({"alertname": "A", "team": "bank"}, firing, routing)
    assert not holds({"alertname": "Watchdog", "team": "shop"}, firing, routing)
    assert not holds({"alertname": "A", "team": "shop"}, {**firing, "window": "other"}, routing)


def test_a_window_becomes_an_alert_that_fires_during_it() -> None:
    once = MaintenanceWindow(name="move", match=None, starts_s=(1000,), lasts_s=60)
    weekly = MaintenanceWindow(name="patching", match=None, starts_s=(0, 86_400), lasts_s=60, every_s=604_800)
    content: Any = next(maintenance_rules((once, weekly))).content
    assert [rule["expr"] for rule in content["groups"][0]["rules"]] == [
        "(vector(time()) >= 1000 < 1060)",
        "((vector(time()) - 0) % 604800 < 60) or ((vector(time()) - 86400) % 604800 < 60)",
    ]
    assert list(maintenance_rules(())) == []


def test_every_alert_that_an_inhibition_names_exists_in_a_rule_file() -> None:
    """A renamed alert must not leave a rule behind that can never hold anything back."""
    texts = [
        yaml.safe_load(file.read_text("utf-8"))
        for component in (files("watchkeeper.catalogue")).iterdir()
        if (component / "rules").is_dir()
        for file in (component / "rules").iterdir()
        if file.name.endswith(".yaml") and ".test." not in file.name
    ]
    known = {rule.get("alert") for text in texts for group in text["groups"] for rule in group["rules"]}
    assert {"HostDown", "HostDiskFull", "HostDiskFilling", "HostDiskFullSoon", "Watchdog", "WatchkeeperCanary"} <= known
