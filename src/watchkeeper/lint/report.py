"""Findings as text for people, as JSON, and as SARIF 2.1.0 for code hosts. Data only; nothing is printed here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from watchkeeper.lint.linter import Result
from watchkeeper.lint.rule import Finding, Rule, Severity

_SARIF_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_text(result: Result) -> list[str]:
    """``file:line:column severity id message; fix``, one line a finding, and a last line that sums up."""
    lines = [_line(finding) for finding in result.findings]
    counts = ", ".join(f"{result.count(severity)} {severity}s" for severity in (Severity.ERROR, Severity.WARNING))
    checked = sum(result.recognised.values())
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(result.recognised.items()))
    lines.append(f"{counts}, {result.count(Severity.INFO)} remarks in {checked} documents{f' ({kinds})' if kinds else ''}")
    return lines


def _line(finding: Finding) -> str:
    where = f"{finding.file}:{finding.line}:{finding.column}"
    return f"{where} {finding.severity} {finding.rule} {finding.message}; {finding.fix}"


def as_data(result: Result) -> dict[str, Any]:
    """One JSON document: the findings, how many of each severity, and what was recognised."""
    return {
        "findings": [
            {name: getattr(finding, name) for name in ("file", "line", "column", "severity", "rule", "message", "fix")}
            for finding in result.findings
        ],
        "counts": {severity.value: result.count(severity) for severity in Severity},
        "recognised": {kind.value: count for kind, count in sorted(result.recognised.items())},
    }


def as_sarif(result: Result, rules: Iterable[Rule], *, version: str) -> dict[str, Any]:
    """A SARIF log with one run; only the rules that found something are described. File names become relative URIs."""
    used = {finding.rule for finding in result.findings}
    described = [rule for rule in rules if rule.id in used]
    index = {rule.id: position for position, rule in enumerate(described)}
    return {
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "watchkeeper lint",
                        "version": version,
                        "rules": [_described(rule) for rule in described],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_sarif_result(finding, index[finding.rule]) for finding in result.findings],
            }
        ],
    }


def _described(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.what},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule.fix},
        "defaultConfiguration": {"level": _SARIF_LEVELS[rule.severity]},
    }


def _sarif_result(finding: Finding, rule_index: int) -> dict[str, Any]:
    return {
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": _SARIF_LEVELS[finding.severity],
        "message": {"text": f"{finding.message}; {finding.fix}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": finding.file.replace("\\", "/").replace(" ", "%20")},
                    "region": {"startLine": finding.line, "startColumn": finding.column},
                }
            }
        ],
    }
