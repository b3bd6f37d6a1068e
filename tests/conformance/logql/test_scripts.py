"""Runs every script of this folder on the evaluator, and on a server where LOGQL_CONFORMANCE_URL names one."""

import os
from pathlib import Path

import pytest
from tests.conformance.logql.checking import run_check
from tests.conformance.logql.drivers import Driver, HttpDriver, MemoryDriver
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


@pytest.mark.skipif("LOGQL_CONFORMANCE_URL" not in os.environ, reason="LOGQL_CONFORMANCE_URL names no server")
@pytest.mark.parametrize("check", CHECKS)
def test_a_server_answers_as_the_script_says(check: Check) -> None:
    driver: Driver = HttpDriver(os.environ["LOGQL_CONFORMANCE_URL"])
    driver.load(check.lines)
    run_check(driver, check)
