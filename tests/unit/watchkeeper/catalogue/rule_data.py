"""The rule files of every component as the defaults fill them, and the unit tests that lie beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from watchkeeper.catalogue.registry import CATALOGUE
from watchkeeper.catalogue.scene import Basics, ProbeOffer

# one probe over TLS, because the rules about certificates are offered only then
BASICS = Basics(
    name="test",
    releases="seed",
    scrape_interval_s=30,
    scrape_timeout_s=10,
    evaluation_interval_s=30,
    metrics_retention_s=86_400,
    metrics_retention_bytes=0,
    logs_retention_s=86_400,
    logs_retention_bytes=0,
    probes=(ProbeOffer(name="shop", target="https://shop.example"),),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleData:
    """``rules`` and ``tests`` by file name."""

    component: str
    rules: Mapping[str, Any]
    tests: Mapping[str, Any]

    def alerting(self) -> list[Mapping[str, Any]]:
        """Every alerting rule."""
        return [
            rule for content in self.rules.values() for group in content["groups"] for rule in group["rules"] if "alert" in rule
        ]

    def alerts(self) -> list[str]:
        """Names of the alerts."""
        return [rule["alert"] for rule in self.alerting()]

    def outcomes(self, alert: str) -> list[bool]:
        """Whether it is expected to fire, of every case about it, in order."""
        return [
            bool(case["exp_alerts"])
            for content in self.tests.values()
            for test in content["tests"]
            for case in test.get("alert_rule_test", ())
            if case["alertname"] == alert
        ]


def all_rules() -> Sequence[RuleData]:
    """Of every component that offers rules, with default thresholds."""
    found = []
    for name, component in CATALOGUE.items():
        rules = {rule.name: rule.content for rule in component.offer(component.options(), BASICS).rules}
        if rules:
            folder = Path(str(files("watchkeeper.catalogue") / name / "rules"))
            tests = {path.name: yaml.safe_load(path.read_text("utf-8")) for path in sorted(folder.glob("*.test.yaml"))}
            found.append(RuleData(component=name, rules=rules, tests=tests))
    return found
