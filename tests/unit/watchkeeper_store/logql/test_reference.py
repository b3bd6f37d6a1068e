"""The reference page is what the tables say now, and its examples are LogQL."""

import re
from pathlib import Path

import pytest

from watchkeeper_store.logql import parse, print_query
from watchkeeper_store.logql.reference import reference_page
from watchkeeper_store.logql.stages.registry import STAGES
from watchkeeper_store.logql.stages.stage import EVERYTHING, Stage

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "logql.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == reference_page(), "run: python -m watchkeeper_store.logql.reference > docs/reference/logql.md"


@pytest.mark.parametrize("keyword", STAGES)
def test_the_example_of_a_stage_parses_runs_and_prints(keyword: str) -> None:
    query = parse(f'{{app="x"}} | {STAGES[keyword].example}')
    [stage] = query.stages  # type: ignore[union-attr]  # a log query
    assert isinstance(stage, Stage)
    stage.compile(EVERYTHING)
    assert parse(print_query(query)) == query


def test_queries_of_the_page_parse() -> None:
    [block] = re.findall(r"```logql\n(.*?)```", reference_page(), re.DOTALL)
    for query in block.strip().splitlines():
        parse(query)
