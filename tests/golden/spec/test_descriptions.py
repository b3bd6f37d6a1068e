from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.golden.diagnostics import bad_cases, check_bad, expectation, good_cases, kinds_expected, stray_expectations

from watchkeeper.spec import describe, load
from watchkeeper.spec.kinds import FOUND_HERE

FOLDER = Path(__file__).parent


def described(text: str, file: str) -> object:
    return describe(load(text, file)).model_dump(mode="json", exclude_defaults=True)


@pytest.mark.parametrize("case", bad_cases(FOLDER), ids=lambda case: case.name)
def test_a_bad_description_gets_exactly_these_mistakes(case: Path) -> None:
    check_bad(case, described)


@pytest.mark.parametrize("case", good_cases(FOLDER), ids=lambda case: case.name)
def test_a_good_description_is_understood_like_this(case: Path) -> None:
    assert expectation(case).is_file(), f"nothing says what to expect of {case.name}"
    assert described(case.read_text(encoding="utf-8"), case.name) == json.loads(expectation(case).read_text(encoding="utf-8"))


def test_every_kind_of_mistake_that_the_file_alone_can_show_has_an_example() -> None:
    assert set(FOUND_HERE) - kinds_expected(FOLDER) == set()


def test_no_expectation_is_left_without_its_case() -> None:
    assert stray_expectations(FOLDER) == []
