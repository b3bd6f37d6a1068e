"""What the engine does besides planning: the size of an answer."""

import pytest

from watchkeeper_store.logql.errors import AnswerTooLarge
from watchkeeper_store.logql.evaluation.results import Entry
from watchkeeper_store.query.engine import bounded

ENTRIES = [Entry(timestamp_ns=1, line="four", stream=(("app", "shop"),), parsed=(("x", "sixsix"),)) for _ in range(3)]


def test_an_answer_may_be_as_large_as_allowed_with_what_was_read_from_its_lines() -> None:
    assert list(bounded(iter(ENTRIES), 30)) == ENTRIES
    assert list(bounded(iter(ENTRIES), 0)) == ENTRIES


def test_a_larger_answer_is_refused() -> None:
    with pytest.raises(AnswerTooLarge):
        list(bounded(iter(ENTRIES), 29))
