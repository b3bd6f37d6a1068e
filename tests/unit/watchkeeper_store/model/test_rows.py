"""Columns of text, and what a batch knows of itself."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.watchkeeper_store.query.test_parts import batch

from watchkeeper_store.model.rows import join_texts, texts_of

LINES = [b"", b"a", b"twelve bytes", b"thirteen byte", "größer als zwölf".encode(), "ähnlich".encode(), b"x" * 400]


def test_texts_read_at_once_are_those_read_one_by_one() -> None:
    texts = join_texts([texts_of(LINES), texts_of(LINES[::-1])])
    assert texts.strings() == [line.decode() for line in [*LINES, *LINES[::-1]]]
    some = texts.take(np.array([8, 2, 2, 4]))
    assert some.strings() == ["ähnlich", "twelve bytes", "twelve bytes", "größer als zwölf"]
    assert some.strings() == [some.octets(row).decode() for row in range(4)]
    assert texts.take(slice(0, 0)).strings() == []


def test_a_batch_knows_its_first_and_last_time_whatever_order_its_rows_came_in() -> None:
    rows = batch(5, 2, 9, 4)
    assert rows.span_ns == (2, 9)
    assert rows.span_ns == (2, 9)
    assert rows.take(np.array([0, 3])).span_ns == (4, 5)
    with pytest.raises(ValueError, match="zero-size"):
        _ = batch().span_ns
