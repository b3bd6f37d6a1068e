from __future__ import annotations

import re

from watchkeeper.spec.kinds import FOUND_BY_PLAN, FOUND_HERE, FOUND_ON_THE_MACHINE, KINDS


def test_there_are_at_least_twenty_five_kinds_and_each_stands_in_one_group() -> None:
    assert len(KINDS) >= 25
    assert len(FOUND_HERE) + len(FOUND_BY_PLAN) + len(FOUND_ON_THE_MACHINE) == len(KINDS)


def test_a_kind_is_words_with_dashes_and_is_explained_in_a_sentence() -> None:
    for kind, meaning in KINDS.items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind)
        assert meaning[0].isupper()
        assert meaning.endswith(".")
