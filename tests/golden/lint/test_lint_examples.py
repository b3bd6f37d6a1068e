"""Every rule has a folder of its own: ``good.*`` breaks it nowhere, ``bad.*`` exactly once, and ``expected.txt`` holds all
that is found in the bad file as ``line:column severity ID message``. A rule without a folder fails, and the reverse.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from watchkeeper.lint.linter import Request, Source, lint
from watchkeeper.lint.rule import Finding, Rule
from watchkeeper.lint.rules import RULES

FOLDER = Path(__file__).parent


def exists(file: str, path: str) -> bool | None:
    return None if path.startswith("/") else (Path(file).parent / path).exists()


def the_file(rule: Rule, name: str) -> Path:
    found = list((FOLDER / rule.id).glob(f"{name}.*"))
    assert len(found) == 1, f"{rule.id} needs one {name}.yaml, .json or .alloy"
    return found[0]


def found_in(path: Path) -> tuple[Finding, ...]:
    return lint([Source(file=str(path), text=path.read_text("utf-8"))], Request(exists=exists)).findings


def test_there_are_at_least_forty_rules_and_no_id_twice() -> None:
    assert len(RULES) >= 40
    assert len({rule.id for rule in RULES}) == len(RULES)


def test_every_folder_belongs_to_a_rule() -> None:
    assert {path.name for path in FOLDER.iterdir() if path.is_dir() and path.name != "__pycache__"} == {
        rule.id for rule in RULES
    }


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_good_example_does_not_break_the_rule(rule: Rule) -> None:
    assert [str(finding) for finding in found_in(the_file(rule, "good")) if finding.rule == rule.id] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_bad_example_breaks_the_rule_once_and_nothing_unexpected(rule: Rule) -> None:
    findings = found_in(the_file(rule, "bad"))
    lines = [f"{one.line}:{one.column} {one.severity} {one.rule} {one.message}" for one in findings]
    assert lines == (FOLDER / rule.id / "expected.txt").read_text("utf-8").splitlines()
    assert [one.rule for one in findings].count(rule.id) == 1


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_examples_that_explain_prints_are_the_tested_ones(rule: Rule) -> None:
    assert the_file(rule, "good").read_text("utf-8") == rule.good
    assert the_file(rule, "bad").read_text("utf-8") == rule.bad
