from __future__ import annotations

import re

import pytest

from watchkeeper.spec import PRESETS, Description, describe, load
from watchkeeper.spec.starter import starter
from watchkeeper.workload.failure import MistakesFound

OPTION = re.compile(r"^( *)#(?! \S|$)(.*)$")
"""A commented-out option, or a further line of one: prose has exactly one space behind the #."""


def blocks(text: str) -> list[list[int]]:
    """The line numbers (from 0) of each commented-out option: its first line and those that are indented below it."""
    found: list[list[int]] = []
    for number, line in enumerate(text.splitlines()):
        match = OPTION.match(line)
        if not match:
            continue
        starts_one = not match[2].startswith((" ", "- "))
        if starts_one:
            found.append([])
        found[-1].append(number)
    return found


def uncommented(text: str, numbers: list[int]) -> str:
    return "\n".join(OPTION.sub(r"\1\2", line) if number in numbers else line for number, line in enumerate(text.splitlines()))


TEXT = starter("core")


@pytest.mark.parametrize("preset", PRESETS)
def test_the_starter_of_every_preset_is_a_valid_description_of_it(preset: str) -> None:
    assert describe(load(starter(preset), "w.yaml")) == Description(preset=preset)


@pytest.mark.parametrize("block", blocks(TEXT), ids=lambda block: TEXT.splitlines()[block[0]].strip())
def test_every_commented_out_option_is_valid_when_uncommented(block: list[int]) -> None:
    text = uncommented(TEXT, block)
    assert load(text, "w.yaml").data != load(TEXT, "w.yaml").data
    describe(load(text, "w.yaml"))


def test_all_options_are_valid_together() -> None:
    text = uncommented(TEXT, [number for block in blocks(TEXT) for number in block])
    assert not [line for line in text.splitlines() if OPTION.match(line)]
    describe(load(text, "w.yaml"))


def test_every_key_of_the_description_is_offered() -> None:
    text = uncommented(TEXT, [number for block in blocks(TEXT) for number in block])
    assert set(load(text, "w.yaml").data) == set(Description.model_fields)


def test_options_that_have_a_default_are_offered_with_it() -> None:
    for line in ("  #interval: 30s", "  #metrics: 30d", "  #base: 23000", "  #journal: auto", "#releases: current"):
        assert line in TEXT.splitlines()


def test_the_starter_is_the_same_each_time_and_fits_a_screen() -> None:
    assert starter("core") == TEXT
    assert max(map(len, TEXT.splitlines())) <= 100
    assert TEXT.endswith("\n")
    assert not TEXT.endswith("\n\n")


def test_an_editor_is_told_where_the_schema_is() -> None:
    assert starter("core", schema_place="schema.json").startswith("# yaml-language-server: $schema=schema.json\n")


def test_an_unknown_preset_is_a_mistake_of_the_user() -> None:
    with pytest.raises(MistakesFound, match=r"cannot use the preset 'cor'; did you mean core\?"):
        starter("cor")
