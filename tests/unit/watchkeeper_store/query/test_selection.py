"""Which files a search for the value of a field leaves out, and which have rows of a stream."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.unit.watchkeeper_store.query.test_parts import segment, selection

from watchkeeper_store.model.rows import texts_of
from watchkeeper_store.query import selection as selecting
from watchkeeper_store.query.selection import has_rows, with_texts
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


@pytest.mark.parametrize(("numbers", "start_ns", "end_ns", "has"), [
    ([3], 0, 100, True), ([3], 10, 21, True), ([3], 20, 21, True), ([3], 21, 100, False), ([3], 0, 10, False),
    ([2], 0, 100, False), ([9], 0, 100, False), ([1, 4, 8], 0, 100, False), ([1, 7], 0, 100, True),
    ([3, 7], 21, 40, False), ([3, 7], 21, 41, True),
])  # fmt: skip
@pytest.mark.parametrize("few", [0, 8])
def test_a_file_has_rows_where_one_of_the_streams_has_whether_few_or_many_are_asked_for(
    few: int, numbers: list[int], start_ns: int, end_ns: int, has: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selecting, "_FEW_NUMBERS", few)
    one = replace(
        segment(1, 10, 50), streams=np.array([3, 7]), stream_min_ns=np.array([10, 40]), stream_max_ns=np.array([20, 50])
    )
    assert has_rows(one, np.array(numbers, dtype=np.int64), start_ns, end_ns) is has
