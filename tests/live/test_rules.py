"""Every rule file with its unit tests in the real promtool, and a check of those tests: planted wrongs must be noticed."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.live.rule_mutants import Mutant, mutants
from tests.live.upstream_tools import tool
from tests.unit.watchkeeper.catalogue.rule_data import RuleData, all_rules

from watchkeeper_store.logql import parse

pytestmark = pytest.mark.live

RULES = all_rules()
RUNBOOKS = Path(__file__).parents[2] / "docs/runbooks"


@pytest.fixture(scope="module")
def promtool() -> Path:
    return tool("promtool")


def run(promtool: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([promtool, *arguments], cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def write(folder: Path, rules: Mapping[str, Any], tests: Mapping[str, Any]) -> None:
    for name, content in {**rules, **tests}.items():
        (folder / name).write_text(json.dumps(content))  # JSON is YAML, and written a hundred times faster


def test_promtool_accepts_every_rule_file(promtool: Path, tmp_path: Path) -> None:
    files = {name: content for data in RULES for name, content in data.rules.items()}
    write(tmp_path, files, {})
    result = run(promtool, tmp_path, "check", "rules", *files)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("data", RULES, ids=lambda data: data.component)
def test_the_unit_tests_of_every_rule_file_pass(promtool: Path, tmp_path: Path, data: RuleData) -> None:
    write(tmp_path, data.rules, data.tests)
    result = run(promtool, tmp_path, "test", "rules", *data.tests)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_alert_has_a_test_in_which_it_fires_one_before_and_one_after() -> None:
    wanting = []
    for data in RULES:
        for alert in data.alerts():
            outcomes = data.outcomes(alert)
            fires = True in outcomes
            if alert == "Watchdog":
                continue
            if (
                not fires
                or (alert != "WatchkeeperCanary" and not outcomes[: outcomes.index(True)])
                or True not in outcomes[:-1]
            ):
                wanting.append(alert)
    assert wanting == []


def test_a_changed_threshold_comparison_wait_or_label_breaks_a_test(promtool: Path) -> None:
    planted = [
        (data, name, group, rule, mutant)
        for data in RULES
        for name, content in data.rules.items()
        for group in content["groups"]
        for rule in group["rules"]
        if "alert" in rule and rule["alert"] not in {"Watchdog", "WatchkeeperCanary"}
        for mutant in mutants(rule)
    ]
    with ThreadPoolExecutor(max_workers=2) as pool:
        noticed = list(pool.map(lambda case: _noticed(promtool, *case), planted))
    survivors = {
        (rule["alert"], mutant.wrong) for (_, _, _, rule, mutant), seen in zip(planted, noticed, strict=True) if not seen
    }
    assert sorted(survivors) == []
    assert len(planted) > 500


def _noticed(promtool: Path, data: RuleData, name: str, group: Mapping[str, Any], rule: Any, mutant: Mutant) -> bool:
    """Whether a test of this alert fails when only it and the recording rules are loaded, it with a wrong in it."""
    with tempfile.TemporaryDirectory(prefix="watchkeeper-mutant-") as made:
        folder = Path(made)
        tests = _tests_of(data.tests, rule["alert"])
        needed = {file for content in tests.values() for file in content["rule_files"]}
        rules = {file: _with(content, group["name"], mutant.rule) for file, content in data.rules.items() if file in needed}
        write(folder, rules, tests)
        return run(promtool, folder, "test", "rules", *tests).returncode != 0


def _tests_of(tests: Mapping[str, Any], alert: str) -> dict[str, Any]:
    found = {}
    for name, content in tests.items():
        wanted = [test for test in content["tests"] if any(c["alertname"] == alert for c in test.get("alert_rule_test", ()))]
        if wanted:
            found[name] = {**content, "tests": wanted}
    return found


def _with(content: Mapping[str, Any], group_name: str, wrong: Mapping[str, Any]) -> dict[str, Any]:
    groups = []
    for group in content["groups"]:
        rules = [rule for rule in group["rules"] if "record" in rule]
        rules += [wrong] if group["name"] == group_name else []
        groups.append({**group, "rules": rules})
    return {"groups": groups}


def blocks(language: str) -> list[tuple[str, str]]:
    """Every code block of a language in the runbooks, with the runbook's name."""
    found = []
    for path in sorted(RUNBOOKS.glob("*.md")):
        found += [(path.stem, part.split("```")[0].strip()) for part in path.read_text().split(f"```{language}\n")[1:]]
    return found


def test_every_promql_query_of_the_runbooks_parses(promtool: Path, tmp_path: Path) -> None:
    queries = blocks("promql")
    rules: Sequence[Mapping[str, str]] = [
        {"record": f"runbook:{name}:{number}", "expr": query} for number, (name, query) in enumerate(queries)
    ]
    write(tmp_path, {"queries.yaml": {"groups": [{"name": "runbooks", "rules": list(rules)}]}}, {})
    result = run(promtool, tmp_path, "check", "rules", "queries.yaml")
    assert result.returncode == 0, result.stdout + result.stderr
    assert len(queries) > 100


def test_every_logql_query_of_the_runbooks_parses() -> None:
    queries = blocks("logql")
    for _, query in queries:
        parse(query)
    assert len(queries) > 20
