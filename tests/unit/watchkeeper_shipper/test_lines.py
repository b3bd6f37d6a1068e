from __future__ import annotations

import re

import pytest

from watchkeeper_shipper.lines import EventJoiner, LineCutter, line_text


def test_lines_come_out_with_the_offset_behind_their_line_break() -> None:
    cutter = LineCutter(100)
    assert cutter.feed(b"one\ntwo\nthr") == [(b"one", 104), (b"two", 108)]
    assert cutter.read_offset == 111
    assert cutter.feed(b"ee\n") == [(b"three", 114)]


def test_empty_lines_are_lines() -> None:
    assert LineCutter(0).feed(b"\n\na\n") == [(b"", 1), (b"", 2), (b"a", 4)]


def test_a_last_line_without_its_break_is_held_until_it_is_released() -> None:
    cutter = LineCutter(0)
    assert cutter.feed(b"half") == []
    assert cutter.holds
    assert cutter.release() == [(b"half", 4)]
    assert cutter.release() == []
    assert cutter.feed(b" and half\n") == [(b" and half", 14)]


def test_a_line_over_the_limit_is_cut_in_pieces_and_counted_once() -> None:
    cutter = LineCutter(0, max_line_bytes=4)
    assert cutter.feed(b"abcdefghij\nk\n") == [(b"abcd", 4), (b"efgh", 8), (b"ij", 11), (b"k", 13)]
    assert cutter.split_lines == 1


def test_a_line_of_exactly_the_limit_is_not_cut() -> None:
    cutter = LineCutter(0, max_line_bytes=4)
    assert cutter.feed(b"abcd\nefgh") == [(b"abcd", 5)]
    assert cutter.feed(b"\n") == [(b"efgh", 10)]
    assert cutter.split_lines == 0


def test_an_endless_line_leaves_in_pieces_while_it_grows() -> None:
    cutter = LineCutter(0, max_line_bytes=4)
    assert cutter.feed(b"abc") == []
    assert cutter.feed(b"defghij") == [(b"abcd", 4), (b"efgh", 8)]
    assert cutter.feed(b"kl") == []
    assert cutter.feed(b"\nm\n") == [(b"ijkl", 13), (b"m", 15)]
    assert cutter.split_lines == 1


def test_a_cut_never_falls_inside_a_character() -> None:
    # é is two bytes: the limit of four would cut the second one in half.
    assert LineCutter(0, max_line_bytes=4).feed("abcéé\n".encode()) == [(b"abc", 3), ("éé".encode(), 8)]


def test_a_cut_in_bytes_that_are_no_text_falls_at_the_limit() -> None:
    assert LineCutter(0, max_line_bytes=4).feed(b"\x80" * 6 + b"\n") == [(b"\x80" * 4, 4), (b"\x80" * 2, 7)]


def joined(*lines: str, max_lines: int = 500, max_bytes: int = 1000) -> tuple[list[tuple[bytes, int]], EventJoiner]:
    joiner = EventJoiner(re.compile(r"^\d"), max_lines, max_bytes)
    return joiner.feed([(line.encode(), end) for end, line in enumerate(lines, start=1)]), joiner


def test_lines_that_do_not_begin_an_event_continue_the_one_before() -> None:
    events, joiner = joined("1 first", " more", "2 second", "3 third")
    assert events == [(b"1 first\n more", 2), (b"2 second", 3)]
    assert joiner.release() == [(b"3 third", 4)]
    assert not joiner.holds


def test_continuations_without_a_beginning_are_an_event_of_their_own() -> None:
    assert joined(" lost", "1 first")[0] == [(b" lost", 1)]


def test_an_event_ends_at_its_line_limit() -> None:
    assert joined("1", " a", " b", " c", max_lines=2)[0] == [(b"1\n a", 2)]


def test_an_event_ends_before_it_grows_over_its_byte_limit() -> None:
    events, joiner = joined("1234", " 678", " 123", max_bytes=10)
    assert events == [(b"1234\n 678", 2)]
    assert joiner.release() == [(b" 123", 3)]


@pytest.mark.parametrize(
    ("raw", "text", "replaced"),
    [
        (b"plain", "plain", False),
        (b"windows\r", "windows", False),
        (b"bad \xff\xfe", "bad ��", True),
        (b"\0\0\0after a hole", "after a hole", False),
        (b"", "", False),
    ],
)
def test_bytes_become_text(raw: bytes, text: str, replaced: bool) -> None:
    assert line_text(raw) == (text, replaced)


def test_text_that_grows_by_replacing_still_fits_the_limit() -> None:
    text, replaced = line_text(b"\xff" * 10, max_line_bytes=10)
    assert (text, replaced) == ("���", True)
