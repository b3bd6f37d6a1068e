from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.golden.diagnostics import bad_cases, check_bad, kinds_expected, stray_expectations

from watchkeeper.plan.resolve import resolve
from watchkeeper.spec import load
from watchkeeper.spec.kinds import FOUND_BY_PLAN
from watchkeeper.spec.starter import starter

FOLDER = Path(__file__).parent


def planned(text: str, file: str) -> object:
    return resolve(load(text, file), folder=Path("/stack"))


@pytest.mark.parametrize("case", bad_cases(FOLDER), ids=lambda case: case.name)
def test_a_description_that_cannot_be_planned_gets_exactly_these_mistakes(case: Path) -> None:
    check_bad(case, planned)


def test_every_kind_of_mistake_that_planning_shows_has_an_example() -> None:
    assert set(FOUND_BY_PLAN) - kinds_expected(FOLDER) == set()


def test_no_expectation_is_left_without_its_case() -> None:
    assert stray_expectations(FOLDER) == []


def test_the_starter_file_can_be_planned_as_it_is_and_with_everything_uncommented() -> None:
    text = starter("core")
    planned(text, "watchkeeper.yaml")
    planned(re.sub(r"^( *)#(?! \S)", r"\1", text, flags=re.MULTILINE), "watchkeeper.yaml")
