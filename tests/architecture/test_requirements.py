"""Every requirement has a line in docs/requirements.md, and every claim or test named there exists."""

import re
from pathlib import Path

from watchkeeper.verify.registry import CLAIMS

ROOT = Path(__file__).parents[2]
TABLE = (ROOT / "docs/requirements.md").read_text()
ROWS = dict(re.findall(r"^\| ([A-EX]\d+) \| (.*)\|$", TABLE, re.MULTILINE))
COUNTS = {"A": 5, "B": 8, "C": 9, "D": 8, "E": 8, "X": 12}
IDS = {f"{letter}{number}" for letter, count in COUNTS.items() for number in range(1, count + 1)}


def test_every_requirement_has_a_row_and_no_row_is_invented() -> None:
    assert set(ROWS) == IDS


def test_every_row_says_how_it_is_shown_or_that_it_is_not_yet() -> None:
    silent = [requirement for requirement, row in ROWS.items() if "`" not in row and "not yet" not in row]
    assert silent == []


def test_every_claim_and_test_that_is_named_exists() -> None:
    claims = {claim.name for claim in CLAIMS}
    named = {(requirement, word) for requirement, row in ROWS.items() for word in re.findall(r"`([^`]+)`", row)}
    missing = [
        (requirement, word)
        for requirement, word in named
        if word not in claims and not (ROOT / word.partition("::")[0]).exists()
    ]
    assert missing == []


def test_every_claim_stands_in_the_rows_of_its_requirements() -> None:
    missing = [
        (claim.name, requirement)
        for claim in CLAIMS
        for requirement in claim.requirements
        if f"`{claim.name}`" not in ROWS[requirement]
    ]
    assert missing == []
