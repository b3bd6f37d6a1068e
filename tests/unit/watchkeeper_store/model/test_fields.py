"""Field columns say only what is certain, and what they say is what the logfmt parser would have said."""

from __future__ import annotations

import pytest

from watchkeeper_store.model.field_codes import ABSENT, BARE, OPEN, QUOTED, QUOTED_IN_NEED, UNSURE
from watchkeeper_store.model.field_values import FieldValues
from watchkeeper_store.model.fields import frequent_keys, shred
from watchkeeper_store.model.rows import Texts, texts_of


def texts(*lines: str) -> Texts:
    return texts_of([line.encode() for line in lines])


def field(key: str, *lines: str) -> list[str | None]:
    """The value of a key per line; None where the column leaves it open."""
    known: dict[str, FieldValues] = {}
    codes = shred(texts(*lines), known, [key.encode()])[key].codes.tolist()
    return [None if code == OPEN else known[key].values[code].decode() for code in codes]


def test_values_are_found_bare_and_quoted_first_and_last() -> None:
    assert field(
        "status",
        "status=200 method=GET path=/a",
        'msg="all is = fine" status=404 x=y',
        'method=POST status="500"',
        "nothing of the kind here",
    ) == ["200", "404", "500", ""]


def test_a_key_inside_a_quoted_value_is_no_key() -> None:
    assert field("status", 'msg="it says status=500 here" level=info', 'msg=" status=500" status=201') == ["", "201"]


def test_a_key_that_only_ends_alike_is_another_key() -> None:
    assert field("status", "http_status=500 a=b c=d", "status2=500 a=b c=d e") == ["", ""]


def test_a_character_that_no_label_may_have_counts_as_an_underscore() -> None:
    assert field("http_status", "http.status=500 a=b c=d", "http-status=501 a=b c=d") == ["500", "501"]


@pytest.mark.parametrize(
    "line",
    [
        'status=500 msg="say \\"no\\""',
        'status=500 msg="unclosed',
        'status=500 a"b"=c and more',
        "status=500 status=501 again",
        "status=5=00 and a bit more",
        'status=a"b" and so much more',
        'msg="a"status=500 and more',
        "status=" + "x" * 33,
    ],
)
def test_an_unusual_line_is_left_open(line: str) -> None:
    assert field("status", line, "status=200 in a usual line")[0] is None
    assert field("status", "status=200 in a usual line", line) == ["200", None]


def test_a_bad_pair_costs_only_itself_and_control_characters_are_blanks() -> None:
    assert field("status", "=500 status=501 and more", "status=\t500 and a little more", "a=b\tstatus=502 and more") == [
        "501",
        "",
        "502",
    ]


def test_an_empty_value_counts_as_absent() -> None:
    known: dict[str, FieldValues] = {}
    codes = shred(texts('status="" and some more', "status= and some more words"), known, [b"status"])
    assert codes["status"].codes.tolist() == [ABSENT, ABSENT]


def test_short_lines_are_left_open() -> None:
    assert field("status", "status=200", "status=200 and more words") == [None, "200"]


def test_values_of_every_length_up_to_the_limit_are_told_apart() -> None:
    values = ["v" * size for size in range(1, 33)] + ["v" * size + "w" for size in range(1, 32)]
    assert field("key", *(f"some=thing key={value} end=1" for value in values)) == values


def test_numbers_given_once_stay_right() -> None:
    known: dict[str, FieldValues] = {}
    first = shred(texts("status=200 and more words"), known, [b"status"])["status"].codes[0]
    shred(texts("status=100 and more words", "status=300 and more words"), known, [b"status"])
    assert shred(texts("status=200 and more words"), known, [b"status"])["status"].codes[0] == first


def test_keys_with_few_values_are_chosen_and_unique_ones_are_not() -> None:
    lines = [f'ts={number} level=info id={number:032x} status={number % 3} msg="a b"' for number in range(300)]
    assert set(frequent_keys(texts(*lines))) == {b"level", b"status", b"msg"}


def test_lines_without_pairs_give_no_keys() -> None:
    assert frequent_keys(texts(*["a plain sentence, nothing more"] * 50)) == []


def spelling(key: str, *lines: str) -> int:
    return shred(texts(*lines), {}, [key.encode()])[key].spelling


def test_a_column_knows_how_its_values_are_written() -> None:
    usual = "level=info status=200 method=GET"
    assert spelling("status", usual, usual) == BARE
    assert spelling("status", usual, 'level=info status="200" a=b') == BARE | QUOTED
    assert spelling("msg", 'level=info msg="all is well"', "level=info msg=fine a=b") == BARE | QUOTED_IN_NEED
    assert spelling("status", usual, "level=info method=GET a=b") == BARE


@pytest.mark.parametrize(
    "line",
    [
        'msg="status=500 it says" status=200',
        'level=info status="" method=GET',
        "level=info xstatus=500 method=GET",
        'msg="it had status=500 then" level=info',
    ],
)
def test_a_column_is_unsure_where_lines_have_the_key_otherwise(line: str) -> None:
    assert spelling("status", line, "level=info status=200 method=GET") & UNSURE


def test_a_few_such_lines_are_opened_instead() -> None:
    usual = ["level=info status=200 method=GET"] * 200
    column = shred(texts(*usual, 'level=info status="" method=GET'), {}, [b"status"])["status"]
    assert column.spelling == BARE
    assert column.codes.tolist()[-1] == OPEN
