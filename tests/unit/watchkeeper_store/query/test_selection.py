"""Which files a search for the value of a field leaves out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.unit.watchkeeper_store.query.test_parts import segment, selection

from watchkeeper_store.model.rows import texts_of
from watchkeeper_store.query.selection import with_texts
from watchkeeper_store.storage.segment import Segment
from watchkeeper_store.storage.tokens import Words, write_word_list

HERE, ELSEWHERE = "0123456789abcdef0123", "fedcba98765432100000"


@pytest.fixture
def literal(tmp_path: Path) -> Segment:
    path = tmp_path / "a.words"
    write_word_list(path, texts_of([f"id={HERE} user=ann".encode()]))
    return replace(segment(1, 0, 9), literal=True, words=Words(path))


@pytest.mark.parametrize(
    ("texts", "stays"), [((), True), ((HERE,), True), (("ann",), True), ((ELSEWHERE,), False), ((HERE, ELSEWHERE), False)]
)
def test_a_file_without_a_long_value_is_left_out(literal: Segment, texts: tuple[str, ...], stays: bool) -> None:
    assert bool(with_texts(selection(literal), texts).segments) is stays


def test_a_file_stays_whose_values_may_be_spelled_otherwise_or_whose_words_are_unknown(literal: Segment) -> None:
    for unsure in (replace(literal, literal=False), replace(literal, words=None)):
        assert with_texts(selection(unsure), (ELSEWHERE,)).segments == (unsure,)


def test_what_is_in_memory_stays(literal: Segment) -> None:
    chosen = replace(selection(literal), numbers=np.array([7]))
    assert with_texts(chosen, (ELSEWHERE,)) == replace(chosen, segments=())
