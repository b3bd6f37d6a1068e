from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from watchkeeper.lint.linter import Request, Result, Source, lint
from watchkeeper.lint.reference import reference
from watchkeeper.lint.report import as_data, as_sarif, as_text
from watchkeeper.lint.rule import Finding, Kind
from watchkeeper.lint.rules import RULES

ROOT = Path(__file__).parents[4]
SARIF_MAIN_SHAPE = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "required": ["tool", "results"],
                "properties": {
                    "tool": {"required": ["driver"], "properties": {"driver": {"required": ["name", "rules"]}}},
                    "results": {
                        "items": {
                            "required": ["message", "ruleId", "level", "locations"],
                            "properties": {
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "message": {"required": ["text"]},
                                "locations": {
                                    "items": {
                                        "required": ["physicalLocation"],
                                        "properties": {
                                            "physicalLocation": {
                                                "required": ["artifactLocation", "region"],
                                                "properties": {
                                                    "region": {
                                                        "properties": {
                                                            "startLine": {"type": "integer", "minimum": 1},
                                                            "startColumn": {"type": "integer", "minimum": 1},
                                                        }
                                                    }
                                                },
                                            }
                                        },
                                    }
                                },
                            },
                        }
                    },
                },
            },
        },
    },
}


def linted(text: str, file: str = "file.yaml", **asked: str) -> Result:
    return lint([Source(file=file, text=text)], Request(versions=asked))


def of(result: Result, rule: str) -> list[Finding]:
    return [finding for finding in result.findings if finding.rule == rule]


def places(result: Result, rule: str) -> list[tuple[int, int]]:
    return [(finding.line, finding.column) for finding in of(result, rule)]


V1 = "alerting:\n  alertmanagers:\n    - api_version: v1\n"


def test_a_fenced_block_is_linted_with_the_lines_and_columns_of_its_markdown() -> None:
    text = "# Title\n\nText.\n\n   ```yaml\n   scrape_configs:\n     - job_name: a\n     - job_name: a\n   ```\n"
    assert places(linted(text, "notes.md"), "WK-PROM-004") == [(8, 18)]


def test_a_block_in_another_language_is_left_alone() -> None:
    assert linted("```bash\nversion: [\n```\n", "notes.md").findings == ()


def test_a_list_of_scrape_jobs_is_understood_where_it_stands() -> None:
    assert places(linted("```yaml\n- job_name: a\n- job_name: a\n```\n", "notes.md"), "WK-PROM-004") == [(3, 13)]


def test_a_file_inside_a_config_map_is_linted_in_place() -> None:
    text = "apiVersion: v1\nkind: ConfigMap\ndata:\n  prometheus.yml: |\n"
    text += "    scrape_configs:\n      - job_name: a\n      - job_name: a\n"
    result = linted(text)
    assert places(result, "WK-PROM-004") == [(7, 19)]
    assert of(result, "WK-LINT-002") == []


def test_an_unclosed_bracket_is_a_finding_with_its_line() -> None:
    found = of(linted("global:\n  scrape_interval: [15s\nother: 1\n"), "WK-LINT-001")
    assert len(found) == 1
    assert found[0].line in (2, 3)


def test_an_unknown_file_is_said_and_not_ignored() -> None:
    assert places(linted("colour: red\n"), "WK-LINT-002") == [(1, 1)]
    assert of(linted(""), "WK-LINT-002") != []


def test_merge_keys_of_compose_files_are_followed() -> None:
    text = "x-a: &a\n  privileged: true\nservices:\n  app:\n    <<: *a\n    image: a/b:1\n"
    assert len(of(linted(text), "WK-COMPOSE-016")) == 1


def test_a_dashboard_indented_with_tabs_is_read() -> None:
    assert linted('{\n\t"title": "a",\n\t"uid": "a",\n\t"panels": []\n}\n', "a.json").recognised == {Kind.DASHBOARD: 1}


def test_a_version_on_the_command_line_wins_over_an_image_tag_and_this_over_the_release_set() -> None:
    compose = "---\nservices:\n  p:\n    image: prom/prometheus:v2.45.0\n"
    assert len(of(linted(V1), "WK-PROM-006")) == 1
    assert of(linted(V1 + compose), "WK-PROM-006") == []
    assert len(of(linted(V1 + compose, prometheus="3.1"), "WK-PROM-006")) == 1
    assert of(lint([Source(file="a.yaml", text=V1)], Request(release_set="seed")), "WK-PROM-006") == []


def test_the_lower_bound_of_a_range_is_inside_it() -> None:
    assert len(of(linted(V1, prometheus="3.0"), "WK-PROM-006")) == 1
    assert of(linted(V1, prometheus="2.55.1"), "WK-PROM-006") == []


def test_a_reasoned_comment_hides_a_finding_in_its_own_line_and_from_the_line_above() -> None:
    beside = "version: '3'  # wk-lint: ignore=WK-COMPOSE-010 an old Compose reads it\nservices: {a: {image: 'a/b:1'}}\n"
    above = "# wk-lint: ignore=WK-COMPOSE-010 an old Compose reads it\nversion: '3'\nservices: {a: {image: 'a/b:1'}}\n"
    assert linted(beside).findings == ()
    assert linted(above).findings == ()


def test_a_comment_hides_nothing_in_other_lines() -> None:
    text = "# wk-lint: ignore=WK-COMPOSE-010 an old Compose reads it\nservices: {a: {image: 'a/b:1'}}\nversion: '3'\n"
    assert {finding.rule for finding in linted(text).findings} == {"WK-COMPOSE-010", "WK-LINT-005"}


def test_files_of_one_run_know_each_other() -> None:
    compose = Source(file="compose.yaml", text="services:\n  a:\n    image: a/b:1\n")
    config = Source(
        file="p.yml", text="scrape_configs:\n  - job_name: a\n    static_configs: [{targets: ['redis-exporter:1']}]\n"
    )
    assert of(lint([config]), "WK-PROM-015") == []
    assert len(of(lint([config, compose]), "WK-PROM-015")) == 1


ODD = (
    "version: 3\nservices: {a: {ports: [[1], {}], image: [x], command: {}, environment: [1, {}], volumes: [1, {type: bind}]}}",
    "groups: [1, {rules: [1, {alert: a, expr: 3}, {record: 1}]}]",
    "route: {routes: [1, {}], receiver: []}\nreceivers: [{name: [1], slack_configs: [1]}]\ninhibit_rules: [1]",
    "scrape_configs: [1, {job_name: [a], static_configs: 1, params: 1, relabel_configs: [1]}]\nglobal: 3\nrule_files: x",
    "a: &a [*a]",
    "schema_config: {configs: [1, {store: tsdb}]}\ncompactor: 1\ncommon: []",
    "apiVersion: 1\ndatasources: [1]\nproviders: [x]\ngroups: [1, {rules: [1]}]",
    "distributor: {receivers: {otlp: {protocols: [1]}}}\noverrides: 1\nstorage: 1",
    '{"panels": [1, {"datasource": 1, "targets": [{"expr": "histogram_quantile(0.9, x)"}, {"expr": 5}]}], "title": 1}',
)


@pytest.mark.parametrize("text", ODD)
def test_values_of_the_wrong_shape_stop_no_check(text: str) -> None:
    assert linted(text).findings


def test_the_three_reports_tell_the_same() -> None:
    result = linted(V1)
    assert as_text(result)[0].startswith("file.yaml:3:20 error WK-PROM-006 cannot use the Alertmanager API v1")
    assert [one["rule"] for one in as_data(result)["findings"]] == ["WK-PROM-006"]
    sarif = as_sarif(result, RULES, version="1")
    jsonschema.validate(sarif, SARIF_MAIN_SHAPE)
    assert [one["ruleId"] for one in sarif["runs"][0]["results"]] == ["WK-PROM-006"]


def test_the_published_reference_is_current() -> None:
    assert (ROOT / "docs/reference/lint.md").read_text("utf-8") == reference(), "run python -m watchkeeper.lint.reference"
