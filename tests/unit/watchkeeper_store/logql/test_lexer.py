"""Tokens, their places, and what the lexer refuses."""

import pytest

from watchkeeper_store.logql.errors import ParseError
from watchkeeper_store.logql.lexer import END, Lexer, Token


def tokens(text: str) -> list[Token]:
    lexer = Lexer(text)
    found = []
    while (token := lexer.next()).kind != END:
        found.append(token)
    return found


def kinds(text: str) -> list[str]:
    return [token.kind for token in tokens(text)]


def test_keywords_are_read_in_any_case() -> None:
    assert kinds("BY Without OR json") == ["by", "without", "or", "json"]


def test_a_function_is_a_name_unless_a_parenthesis_follows() -> None:
    assert kinds("rate rate( sum by (a) sum by a ip ip(") == [
        *(
            "IDENTIFIER",
            "RATE",
            "(",
            "SUM",
            "by",
            "(",
            "IDENTIFIER",
            ")",
            "IDENTIFIER",
            "by",
            "IDENTIFIER",
            "IDENTIFIER",
            "ip",
            "(",
        )
    ]


def test_two_character_operators_win_over_one_character_ones() -> None:
    assert kinds("|= |~ |> != !~ !> =~ == >= <= | = > <") == [
        *("|=", "|~", "|>", "!=", "!~", "!>", "=~", "==", ">=", "<=", "|", "=", ">", "<")
    ]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("5m", "DURATION", 300_000_000_000),
        ("1h30m", "DURATION", 5_400_000_000_000),
        ("1.5h", "DURATION", 5_400_000_000_000),
        ("-5m", "DURATION", -300_000_000_000),
        ("1d", "DURATION", 86_400_000_000_000),
        ("20µs", "DURATION", 20_000),
        ("10KB", "BYTES", 10_000),
        ("1.5MiB", "BYTES", 1_572_864),
        ("42", "NUMBER", 0),
        ("1e3", "NUMBER", 0),
        (".5", "NUMBER", 0),
        ("[5m]", "RANGE", 300_000_000_000),
        ("--strict", "FUNCTION_FLAG", 0),
    ],
)
def test_a_literal_is_one_token(text: str, kind: str, value: int) -> None:
    [token] = tokens(text)
    assert (token.kind, token.value, token.text) == (kind, value, text)


def test_a_minus_before_a_plain_number_is_an_operator() -> None:
    assert kinds("-5 - 5") == ["-", "NUMBER", "-", "NUMBER"]


def test_a_duration_ends_where_its_letters_end() -> None:
    assert [(token.kind, token.text) for token in tokens("5minutes")] == [("DURATION", "5m"), ("IDENTIFIER", "inutes")]


@pytest.mark.parametrize(
    ("literal", "text"),
    [
        (r'"a\n\t\"\\"', 'a\n\t"\\'),
        (r'"\x41\102\u00e9\U0001F600"', "AB\u00e9\U0001f600"),
        (r'"\xc3\xa9"', "\u00e9"),
        ('`a\\n"b`', 'a\\n"b'),
        ("`two\nlines`", "two\nlines"),
    ],
)
def test_strings_are_unquoted(literal: str, text: str) -> None:
    assert [token.text for token in tokens(literal)] == [text]


def test_comments_are_left_out() -> None:
    assert kinds('{ # a "comment\n} // more\n/* and\nmore */ "#"') == ["{", "}", "STRING"]


def test_places_count_lines_and_characters() -> None:
    found = tokens('{a="é",\n  b="`"}\n`x\ny` z')
    assert [(token.text, token.line, token.column) for token in found] == [
        *(("{", 1, 1), ("a", 1, 2), ("=", 1, 3), ("é", 1, 4), (",", 1, 7), ("b", 2, 3), ("=", 2, 4), ("`", 2, 5), ("}", 2, 8)),
        *(("x\ny", 3, 1), ("z", 4, 4)),
    ]


def test_tokens_that_need_looking_ahead_have_no_line() -> None:
    assert [(token.line, token.column) for token in tokens("a =~ 5m [1m]")] == [(1, 1), (0, 3), (0, 6), (0, 9)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{a="b', "parse error at line 1, col 4: literal not terminated"),
        ('"a\nb"', "parse error at line 1, col 1: literal not terminated"),
        (r'a "\d"', "parse error at line 1, col 3: invalid char escape"),
        (r'"\400"', "parse error at line 1, col 1: invalid syntax"),
        ("[5m", "parse error at line 0, col 1: missing closing ']' in duration"),
        ("[5x]", 'parse error at line 0, col 1: unknown unit "x" in duration "5x"'),
        ("[5]", 'parse error at line 0, col 1: not a valid duration string: "5"'),
        ("[]", "parse error at line 0, col 1: empty duration string"),
        ("'ab'", "parse error at line 1, col 1: invalid char literal"),
        ("'ab", "parse error at line 1, col 1: literal not terminated"),
        ("/* a", "parse error at line 1, col 1: comment not terminated"),
    ],
)
def test_what_is_no_token_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(ParseError) as refusal:
        tokens(text)
    assert str(refusal.value) == message


def test_a_byte_order_mark_is_skipped_and_takes_a_column() -> None:
    assert [(token.kind, token.column) for token in tokens("\ufeff{a")] == [("{", 2), ("IDENTIFIER", 3)]


def test_a_name_ends_before_a_numeral_that_is_no_decimal_digit() -> None:
    assert [token.text for token in tokens("x² größe_٣")] == ["x", "²", "größe_٣"]


def test_the_end_of_an_empty_query_has_no_place() -> None:
    end = Lexer("").next()
    assert (end.kind, end.line, end.column) == (END, 0, 0)
