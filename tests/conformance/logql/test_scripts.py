"""Runs every script of this folder on the evaluator; tests/live/test_logql_over_http.py runs them on a server."""

from pathlib import Path

import pytest
from tests.conformance.logql.checking import run_check
from tests.conformance.logql.drivers import Driver, MemoryDriver
from tests.conformance.logql.script import Check, read_script

SCRIPTS = sorted(Path(__file__).parent.glob("*.test"))
CHECKS = [pytest.param(check, id=f"{path.stem}:{check.number}") for path in SCRIPTS for check in read_script(path)]


def test_there_are_scripts() -> None:
    assert len(CHECKS) > 100


@pytest.mark.parametrize("check", CHECKS)
def test_the_evaluator_answers_as_the_script_says(check: Check) -> None:
    driver: Driver = MemoryDriver()
    driver.load(check.lines)
    run_check(driver, check)
