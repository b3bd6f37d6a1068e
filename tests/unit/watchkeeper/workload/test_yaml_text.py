from __future__ import annotations

import enum

import pytest
import yaml

from watchkeeper.workload.reference import ConfigPath
from watchkeeper.workload.yaml_text import Plain, yaml_text


class Level(enum.StrEnum):
    INFO = "info"


def test_mappings_and_lists_are_written_as_blocks_in_the_order_given() -> None:
    data: Plain = {
        "scrape_configs": [{"job_name": "b", "targets": ["127.0.0.1:23001"]}, {"job_name": "a"}],
        "empty": [],
        "none": None,
    }
    assert yaml_text(data) == (
        "scrape_configs:\n- job_name: b\n  targets:\n  - 127.0.0.1:23001\n- job_name: a\nempty: []\nnone: null\n"
    )


def test_text_with_several_lines_is_a_literal_block() -> None:
    assert yaml_text({"expr": "sum(x)\n  / sum(y)\n"}) == "expr: |\n  sum(x)\n    / sum(y)\n"


def test_text_with_space_at_the_end_of_a_line_is_quoted_so_that_no_editor_can_change_it() -> None:
    assert yaml_text({"text": "a \nb"}) == 'text: "a \\nb"\n'


@pytest.mark.parametrize(
    "word", ["on", "No", "y", "null", "~", "1e3", "0o17", "0x1F", "22:22", "1_000", "2026-11-21", ".5", "-1", ".inf", "="]
)
def test_text_that_some_reader_takes_for_something_else_is_quoted(word: str) -> None:
    assert yaml_text({"value": word}) == f"value: '{word}'\n"


@pytest.mark.parametrize("word", ["127.0.0.1", "10.0.0.1:9090", "30s", "400MB", "v1.2.3", "online", "a:b", "1.2.3"])
def test_ordinary_text_is_written_as_it_is(word: str) -> None:
    assert yaml_text({"value": word}) == f"value: {word}\n"


def test_the_same_object_twice_is_written_twice() -> None:
    labels = {"team": "shop"}
    assert yaml_text([labels, labels]) == "- team: shop\n- team: shop\n"


def test_long_lines_are_not_folded() -> None:
    assert yaml_text({"a": "word " * 100 + "end"}).count("\n") == 1


def test_a_header_becomes_comment_lines() -> None:
    assert (
        yaml_text({"a": 1}, header="Made by Watchkeeper.\n\nDo not edit.")
        == "# Made by Watchkeeper.\n#\n# Do not edit.\na: 1\n"
    )


def test_a_line_of_dots_at_the_end_of_a_text_is_kept() -> None:
    assert yaml.safe_load(yaml_text({"a": "x\n...\n"})) == {"a": "x\n...\n"}


def test_a_text_alone_is_a_document() -> None:
    assert yaml_text("word") == "word\n"


def test_tuples_and_enumerations_are_written_as_lists_and_text() -> None:
    assert yaml_text({"levels": (Level.INFO,)}) == "levels:\n- info\n"


def test_a_reference_that_no_target_has_resolved_is_refused() -> None:
    with pytest.raises(TypeError, match="cannot write ConfigPath as YAML"):
        yaml_text({"path": ConfigPath()})  # type: ignore[dict-item]  # the very mistake


def test_a_key_that_is_not_text_is_refused() -> None:
    with pytest.raises(TypeError, match="cannot write a YAML key that is not text: 1"):
        yaml_text({1: "a"})  # type: ignore[dict-item]  # the very mistake
