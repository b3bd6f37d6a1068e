"""Words that may come next."""

import pytest

from watchkeeper_store.logql.completion import suggestions


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ('{app="x"} | lo', ["logfmt"]),
        ('{app="x"} | ', ["json", "unwrap"]),
        ('{app="x"} ', ["|=", "|"]),
        ("cou", ["count_over_time(", "count("]),
        ("sum by (a) (ra", ["rate(", "rate_counter("]),
        ('sum_over_time({app="x"} | unwrap d', ["duration(", "duration_seconds("]),
        ('rate({app="x"}[5m]) ', ["+", "or"]),
        ("", ["{", "sum("]),
    ],
)
def test_suggestions_fit_the_place(before: str, expected: list[str]) -> None:
    words = [one.word for one in suggestions(before)]
    assert set(expected) <= set(words)


@pytest.mark.parametrize("before", ['{app="js', "{ap", '{app="x"} |= "err'])
def test_labels_and_texts_are_nothing_the_language_knows(before: str) -> None:
    assert suggestions(before) == ()
