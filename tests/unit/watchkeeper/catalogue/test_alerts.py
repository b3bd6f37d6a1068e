"""What every alert must carry, so that it can be routed, understood and acted upon."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.unit.watchkeeper.catalogue.rule_data import BASICS, all_rules

from watchkeeper.catalogue.blackbox_exporter import recipe as blackbox_exporter
from watchkeeper.catalogue.blackbox_exporter.options import BlackboxExporterOptions
from watchkeeper.catalogue.slo import recipe as slo
from watchkeeper.catalogue.slo.options import SloOptions
from watchkeeper.plan.components import components_of
from watchkeeper.spec import describe, load

ALERTS = [rule for data in all_rules() for rule in data.alerting()]
RUNBOOKS = Path(__file__).parents[4] / "docs/runbooks"
SECTIONS = ["Meaning", "Impact", "Diagnose", "Fix", "Tune"]
TEAMS = {"platform", "infrastructure", "database", "application", "security", "business", "ai"}
DASHBOARDS = {
    f"watchkeeper-{name}"
    for name in (
        *("overview", "executive", "business", "organisations", "ai-cost", "application", "logs", "traces", "host"),
        *("postgres", "redis", "kafka", "rabbitmq", "containers", "traefik", "probes", "slo", "self"),
    )
}
# its labels come from the condition that a proof switches on, so that it can travel every route
UNLABELLED = {"WatchkeeperCanary"}


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_every_alert_says_how_grave_it_is_whose_it_is_and_what_to_do(rule: Mapping[str, Any]) -> None:
    if rule["alert"] not in UNLABELLED:
        assert rule["labels"]["severity"] in {"critical", "warning", "info", "none"}
        assert rule["labels"]["team"] in TEAMS
    annotations = rule["annotations"]
    assert set(annotations) == {"summary", "description", "runbook", "dashboard"}
    assert annotations["runbook"] == rule["alert"]
    assert annotations["dashboard"] in DASHBOARDS
    assert len(annotations["summary"]) < 120, "a phone shows one line"


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_every_alert_has_a_runbook_with_its_five_sections_filled(rule: Mapping[str, Any]) -> None:
    text = (RUNBOOKS / f"{rule['alert']}.md").read_text()
    assert text.startswith(f"# {rule['alert']}\n")
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    assert parts[1::2] == SECTIONS
    assert all(len(part.strip()) > 3 for part in parts[2::2])
    assert "```promql" in parts[2 * SECTIONS.index("Diagnose") + 2]


def test_every_runbook_belongs_to_an_alert() -> None:
    assert {path.stem for path in RUNBOOKS.glob("*.md")} - {"README"} == {rule["alert"] for rule in ALERTS}


def test_no_two_alerts_share_a_name() -> None:
    names = [rule["alert"] for rule in ALERTS]
    assert len(names) == len(set(names))


def test_preset_core_starts_every_component_that_has_rules() -> None:
    document = load("", "watchkeeper.yaml")
    components, _ = components_of(document, describe(document))
    assert {data.component for data in all_rules()} <= {component.name for component in components}


def test_rules_about_certificates_come_only_with_a_probe_over_tls() -> None:
    def names(**changes: object) -> set[str]:
        basics = type(BASICS)(**{field: getattr(BASICS, field) for field in BASICS.__slots__} | changes)
        return {rule.name for rule in blackbox_exporter.offer(BlackboxExporterOptions(), basics).rules}

    assert "blackbox_exporter-certificates.yaml" in names()
    assert names(probes=()) == {"blackbox_exporter-probes.yaml"}


@pytest.mark.parametrize(("threshold_s", "bound"), [(0.5, "0[.]5"), (2.5, "2[.]5"), (1.0, "1([.]0)?")])
def test_a_latency_objective_finds_its_bucket_however_the_library_writes_it(threshold_s: float, bound: str) -> None:
    rules = slo.offer(SloOptions(latency_threshold_s=threshold_s), BASICS).rules
    assert f'le=~"{bound}"' in str([rule.content for rule in rules])
