"""Lines that differ in some words become one pattern."""

from __future__ import annotations

import time
import tracemalloc

from watchkeeper_store.logql.stages.pattern_text import pattern_test
from watchkeeper_store.patterns.clusters import Clusters


def texts(*shapes: str) -> list[tuple[str, int]]:
    clusters = Clusters()
    for shape in shapes:
        clusters.add(shape, "info", {0: 1})
    return [(pattern.text(), pattern.total) for pattern in clusters.patterns()]


def test_words_that_differ_become_a_wildcard() -> None:
    assert texts("user eve logged in", "user bob logged in", "user <_> logged in") == [("user <_> logged in", 3)]


def test_lines_with_other_separators_are_of_another_kind() -> None:
    assert texts("a b c", "a b,c", "a b c") == [("a b c", 2), ("a b,c", 1)]


def test_lines_with_little_in_common_stay_apart() -> None:
    assert texts("connection to db closed", "request from eve failed") == [
        ("connection to db closed", 1),
        ("request from eve failed", 1),
    ]


def test_a_word_that_is_partly_a_wildcard_is_one() -> None:
    assert texts('took="<_>ms" x') == [('took="<_>" x', 1)]


def test_counts_are_kept_by_level_and_time() -> None:
    clusters = Clusters()
    clusters.add("x y", "info", {10: 2})
    clusters.add("x y", "info", {10: 1, 20: 1})
    clusters.add("x y", "error", {10: 2})
    (pattern,) = clusters.patterns()
    assert pattern.samples == {"info": {10: 3, 20: 1}, "error": {10: 2}}


def test_the_least_recently_met_pattern_is_forgotten_when_there_are_too_many() -> None:
    clusters = Clusters(most_patterns=2)
    for shape in ("a", "b", "a", "c"):
        clusters.add(shape, "", {0: 1})
    assert [pattern.text() for pattern in clusters.patterns()] == ["a", "c"]


def test_memory_is_bounded_however_different_lines_are() -> None:
    clusters = Clusters(most_patterns=50)
    tracemalloc.start()
    for number in range(20_000):
        clusters.add(f"{number:b} ".replace("0", "a;").replace("1", "b ") * 3, "", {number: 1})
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(clusters.patterns()) <= 50
    assert held < 8_000_000


def test_lines_with_no_word_of_their_own_are_no_pattern() -> None:
    assert texts("<_> <_>", "<_>=<_>") == []


def test_every_pattern_is_one_that_the_pattern_filter_takes() -> None:
    for text, _ in texts('level=info msg="a <_> b"', "<_><_> x", "GET /<_> <_>"):
        pattern_test(text)


def test_time_is_bounded_where_no_line_is_like_another() -> None:
    clusters = Clusters()
    began = time.process_time()
    for number in range(2_000):
        clusters.add(" ".join(f"{chr(97 + number % 26)}{place}{number:x}" for place in range(60)), "", {0: 1})
    assert time.process_time() - began < 3.0
