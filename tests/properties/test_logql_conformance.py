"""The answers of conformance scripts do not depend on the order in which lines arrived."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conformance.logql.checking import run_check
from tests.conformance.logql.drivers import Driver, MemoryDriver
from tests.conformance.logql.script import Check, read_script
from tests.conformance.logql.test_scripts import SCRIPTS

EVALUATIONS = [
    pytest.param(checks, id=path.stem) for path in SCRIPTS if (checks := [check for check in read_script(path) if check.lines])
]


@pytest.mark.parametrize("checks", EVALUATIONS)
@given(shuffle=st.randoms(use_true_random=False))
@settings(max_examples=5)
def test_a_script_holds_when_lines_arrive_in_another_order(checks: list[Check], shuffle: random.Random) -> None:
    for check in checks:
        lines = list(check.lines)
        shuffle.shuffle(lines)
        driver: Driver = MemoryDriver()
        driver.load(lines)
        run_check(driver, check)
