"""Merged segments hold the same rows, in fewer files, and know their long words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.watchkeeper_store.storage.store_driver import DAY_NS, NOON, Clock, Driver, crash

from watchkeeper_store.model.rows import texts_of
from watchkeeper_store.storage.compactor import Compactor
from watchkeeper_store.storage.tokens import Words, words_of, write_merged_words, write_word_list

TRACE = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def driver(tmp_path: Path, clock: Clock) -> Iterator[Driver]:
    driver = Driver(tmp_path / "data", clock)
    yield driver
    driver.store.close()


def compactor(driver: Driver) -> Compactor:
    return Compactor(driver.store, lambda *_, **__: None)


def rest(clock: Clock) -> None:
    clock.now_ns += 60 * 10**9


def test_nothing_is_merged_while_lines_arrive_and_files_are_few(driver: Driver) -> None:
    for number in range(3):
        driver.write("shop", f"line {number}")
        driver.store.flush()
    assert not compactor(driver).compact()


@pytest.mark.parametrize(
    ("line", "literal"),
    [
        ("id=7 path=/a/b", True),
        (r'msg="say \"no\"" path=C:\\temp', True),
        (r'{"text":"two\nlines\r\tand a tab"}', True),
        (r'{"id":"\u0037"}', False),
        (r'{"path":"\/a"}', False),
        (r'id="\x37"', False),
    ],
)
def test_a_merged_file_knows_whether_its_values_stand_in_its_lines_as_they_are(
    driver: Driver, clock: Clock, line: str, literal: bool
) -> None:
    driver.write("shop", "before", line, "after")
    driver.store.flush()
    assert [segment.literal for segment in driver.store.segments] == [False]  # not looked for yet
    rest(clock)
    assert compactor(driver).compact()
    assert [segment.literal for segment in driver.store.segments] == [literal]


def test_files_of_a_day_become_one_at_rest(driver: Driver, clock: Clock) -> None:
    for number in range(3):
        driver.write("shop" if number else "cart", f"line {number}", f"key=value trace={TRACE} {number}", at_ns=NOON + number)
        driver.store.flush()
    before = driver.lines()
    rest(clock)
    assert compactor(driver).compact()
    assert not compactor(driver).compact()
    assert driver.lines() == before
    (segment,) = driver.store.segments
    assert (segment.rows, segment.compact) == (6, True)
    assert segment.stream_rows.tolist() in ([2, 4], [4, 2])
    assert (segment.min_ns, segment.max_ns) == (NOON, NOON + 3)
    assert len(list(driver.folder.rglob("*.parquet"))) == 1
    assert segment.words is not None
    assert segment.words.may_contain(TRACE)
    assert not segment.words.may_contain(TRACE[::-1])


def test_many_small_files_are_merged_even_while_lines_arrive(driver: Driver) -> None:
    for number in range(8):
        driver.write("shop", f"line {number}")
        driver.store.flush()
    assert compactor(driver).compact()
    assert [segment.rows for segment in driver.store.segments] == [8]


def test_days_and_tenants_are_never_merged(driver: Driver, clock: Clock) -> None:
    driver.write("shop", "today")
    driver.write("shop", "tomorrow", at_ns=NOON + DAY_NS)
    driver.write("shop", "another tenant", tenant="u")
    driver.store.flush()
    rest(clock)
    while compactor(driver).compact():
        pass
    assert [segment.rows for segment in driver.store.segments] == [1, 1, 1]
    assert all(segment.compact for segment in driver.store.segments)


def test_a_merge_survives_a_restart(tmp_path: Path, clock: Clock) -> None:
    first = Driver(tmp_path / "d", clock)
    for number in range(2):
        first.write("shop", f"line {number} {TRACE}")
        first.store.flush()
    rest(clock)
    assert compactor(first).compact()
    crash(first)
    second = Driver(tmp_path / "d", clock)
    assert second.lines() == [f"line 0 {TRACE}", f"line 1 {TRACE}"]
    assert second.store.segments[0].words is not None
    second.store.close()


def test_parts_stay_for_a_query_that_still_reads_them(driver: Driver, clock: Clock) -> None:
    driver.write("shop", "one")
    driver.store.flush()
    rest(clock)
    with driver.store.snapshot("t") as seen:
        assert compactor(driver).compact()
        assert seen.segments[0].path.exists()
    assert not seen.segments[0].path.exists()
    assert driver.lines() == ["one"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (TRACE, [(TRACE, False)]),
        (f"trace_id={TRACE} ", [(TRACE, True)]),
        (f"={TRACE}", [(TRACE, False)]),
        ("short words only", []),
    ],
)
def test_a_word_is_whole_only_inside_a_text(text: str, words: list[tuple[str, bool]]) -> None:
    assert words_of(text) == words


@pytest.fixture(params=["list", "filter"])
def words(request: pytest.FixtureRequest, tmp_path: Path) -> Words:
    """What is known of a segment whose only long word is forty times an a: its list, or a filter made of the list."""
    write_word_list(tmp_path / "list.words", texts_of([b"word=" + b"a" * 40, b"no long word in here"]))
    if request.param == "list":
        return Words(tmp_path / "list.words")
    assert write_merged_words(tmp_path / "filter.words", [Words(tmp_path / "list.words")])
    return Words(tmp_path / "filter.words")


def test_a_filter_never_denies_what_could_be_part_of_a_longer_word(words: Words) -> None:
    assert words.may_contain("a" * 20)
    assert words.may_contain("a" * 40)
    assert words.may_contain("b" * 20), "it could be a part of a word of 40"
    assert not words.may_contain("b" * 40), "it could only be the word itself"
    assert not words.may_contain(f" {'b' * 20} "), "as a whole word it would be known"
    assert not words.may_contain("a" * 41), "no word is so long"
    assert words.may_contain("too short")


def test_a_filter_is_only_made_of_lists(tmp_path: Path, words: Words) -> None:
    parts = [words, None]
    assert not write_merged_words(tmp_path / "other.words", parts)


def test_a_word_list_that_was_cut_off_is_no_list(tmp_path: Path) -> None:
    path = tmp_path / "x.words"
    write_word_list(path, texts_of([b"word=" + b"a" * 40]))
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(ValueError, match="cut off"):
        Words(path)


def test_a_search_before_merging_reads_only_the_files_that_may_have_the_word(driver: Driver) -> None:
    driver.write("shop", f"trace={TRACE}")
    driver.store.flush()
    driver.write("shop", "trace=" + "0" * 32)
    driver.store.flush()
    has, has_not = driver.store.segments
    assert has.words is not None
    assert has_not.words is not None
    assert (has.words.may_contain(TRACE), has_not.words.may_contain(TRACE)) == (True, False)
