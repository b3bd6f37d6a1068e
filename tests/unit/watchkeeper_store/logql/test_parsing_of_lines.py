"""The readers behind the parser stages: JSON, logfmt, patterns, addresses, label names."""

import pytest

from watchkeeper_store.logql.stages.addresses import AddressSet, BadAddress
from watchkeeper_store.logql.stages.json_path import BadPath, parse_path
from watchkeeper_store.logql.stages.json_scan import JsonMistake, elements, label_text, members
from watchkeeper_store.logql.stages.logfmt import BadPair, pairs
from watchkeeper_store.logql.stages.names import sanitized
from watchkeeper_store.logql.stages.pattern_text import BadPatternText, capture, captures, pattern_test


def test_members_of_an_object_come_in_order_with_their_raw_values() -> None:
    found = [
        (key, value.kind.name, value.raw)
        for key, value in members(r' { "a" : "x\"y", "b":1.50,"c":true, "d":[1,"}"], "e":{"f":"{"} } tail')
    ]
    assert found == [
        ("a", "STRING", r"x\"y"),
        ("b", "NUMBER", "1.50"),
        ("c", "BOOLEAN", "true"),
        ("d", "ARRAY", '[1,"}"]'),
        ("e", "OBJECT", '{"f":"{"}'),
    ]


@pytest.mark.parametrize(
    ("text", "found", "message"),
    [
        ("no json", [], "Value looks like object, but can't find closing '}' symbol"),
        ('{"a":1,', ["a"], "Value is array, but can't find closing ']' symbol"),
        ('{"a":1', ["a"], "Value is array, but can't find closing ']' symbol"),
        ('{"a" 1}', [], "Malformed JSON error"),
        ('{"a":1,"b":"x', ["a"], "Value is string, but can't find closing '\"' symbol"),
        ('{"a":nope}', [], "Unknown value type"),
        ('{"a":[1}', [], "Value is array, but can't find closing ']' symbol"),
    ],
)
def test_a_malformed_object_gives_what_comes_before_the_mistake(text: str, found: list[str], message: str) -> None:
    seen: list[str] = []
    with pytest.raises(JsonMistake) as mistake:
        seen.extend(key for key, _ in members(text))
    assert seen == found
    assert str(mistake.value) == message


def test_elements_of_an_array_come_in_order() -> None:
    assert [value.raw for value, _ in elements('[1, "two", {"three":3}, []]')] == ["1", "two", '{"three":3}', "[]"]
    assert list(elements("[]")) == []


@pytest.mark.parametrize(
    ("raw", "text"), [(r"a\nb", "a\nb"), (r"\u00e9", "é"), (r"\ud800", ""), (r"bad\x", ""), ("a\ufffdb", "a b")]
)
def test_a_label_text_is_unescaped_and_clean(raw: str, text: str) -> None:
    assert label_text(raw) == text


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a", ("a",)),
        ("a.b[0].c", ("a", "b", 0, "c")),
        ('["odd key"][1]', ("odd key", 1)),
        ('a["b.c"]', ("a", "b.c")),
        ("[0]", (0,)),
        (r'["a\b"]', (r"a\b",)),
    ],
)
def test_json_paths_are_read(text: str, path: tuple[str | int, ...]) -> None:
    assert parse_path(text) == path


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "syntax error: unexpected $end, expecting LSB or FIELD"),
        ("a..b", "syntax error: unexpected DOT, expecting FIELD"),
        (".a", "syntax error: unexpected DOT, expecting LSB or FIELD"),
        ("a[", "syntax error: unexpected $end, expecting STRING or INDEX"),
        ('a["b"', "syntax error: unexpected $end, expecting RSB"),
        ("a[x]", "syntax error: unexpected FIELD, expecting STRING or INDEX"),
        ("a b", "syntax error: unexpected FIELD"),
        ("a-b", "unexpected char -"),
        ("a[-1]", "syntax error: unexpected $end, expecting STRING or INDEX"),
        ("a.b-c", "unexpected char -"),
        ("é", "syntax error: unexpected $end, expecting LSB or FIELD"),
        ("a.9b", "syntax error: unexpected $end, expecting FIELD"),
        ("a[0.b]", "syntax error: unexpected $end, expecting STRING or INDEX"),
        ("a 0 ", "syntax error: unexpected INDEX"),
        ('a["b', "syntax error: unexpected $end, expecting RSB"),
    ],
)
def test_what_is_no_json_path_is_refused(text: str, reason: str) -> None:
    with pytest.raises(BadPath) as refusal:
        parse_path(text)
    assert str(refusal.value) == f"cannot parse expression [{text}]: {reason}"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("a=1 b=two", [("a", "1"), ("b", "two")]),
        ('a="x y" b="" c=', [("a", "x y"), ("b", ""), ("c", "")]),
        (r'a="say \"hi\"\n"', [("a", 'say "hi"\n')]),
        ("alone b=1", [("alone", ""), ("b", "1")]),
        ('a=1"2 b=1', [("b", "1")]),
        ("=1 b=1", [("b", "1")]),
        ("  \t a=1 ", [("a", "1")]),
        ("é=ü", [("é", "ü")]),
        ("", []),
    ],
)
def test_logfmt_pairs_are_read_and_bad_ones_left_out(line: str, found: list[tuple[str, str]]) -> None:
    assert list(pairs(line, strict=False)) == found


def test_places_in_logfmt_lines_count_bytes() -> None:
    with pytest.raises(BadPair, match="logfmt syntax error at pos 6 : unexpected '='"):
        list(pairs("é=ü=x", strict=True))


def test_strict_logfmt_stops_at_the_first_bad_pair() -> None:
    found: list[tuple[str, str]] = []
    with pytest.raises(BadPair, match="logfmt syntax error at pos 8 : unexpected '='"):
        found.extend(pairs("a=1 b=c=d e=1", strict=True))
    assert found == [("a", "1")]


@pytest.mark.parametrize(
    ("pattern", "line", "found"),
    [
        ("<ip> - <user> <_>", "1.2.3.4 - bob x y", ["1.2.3.4", "bob"]),
        ("[<level>] <msg>", "[warn] disk full", ["warn", "disk full"]),
        ("[<level>] <msg>", "no bracket", []),
        ("<a> <b>", "only", ["only"]),
        ("<a>: <b>", "x: ", ["x", ""]),
        ("pre<a>post", "pre mid post tail", [" mid "]),
        ("<_> <a>", "", []),
    ],
)
def test_patterns_capture_between_literals(pattern: str, line: str, found: list[str]) -> None:
    parts, _ = captures(pattern)
    assert capture(parts, line) == found


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("plain", "at least one capture is required"),
        ("<_>", "at least one capture is required"),
        ("<a><b>", "found consecutive capture '<a><b>': invalid expression"),
        ("<a> <a>", "duplicate capture name (a): invalid expression"),
    ],
)
def test_a_pattern_that_cannot_capture_is_refused(pattern: str, message: str) -> None:
    with pytest.raises(BadPatternText) as refusal:
        captures(pattern)
    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("pattern", "line", "holds"),
    [
        ("<_>foo<_>", "a foo b", True),
        ("<_>foo<_>", "foo b", False),
        ("<_>foo", "a foo", True),
        ("<_>foo", "a foo b", False),
        ("foo <_>", "foo bar", True),
        ("foo <_>", "foo ", False),
        ("", "", True),
        ("", "x", False),
        ("<_>", "x", True),
        ("<_>", "", False),
    ],
)
def test_a_placeholder_of_a_line_filter_stands_for_something(pattern: str, line: str, holds: bool) -> None:
    assert pattern_test(pattern)(line) is holds


@pytest.mark.parametrize(
    ("pattern", "text", "holds"),
    [
        ("192.168.0.1", "x 192.168.0.1, y", True),
        ("192.168.0.1", "192.168.0.10", False),
        ("192.168.0.0/24", "from 192.168.0.200:80", True),
        ("10.0.0.1-10.0.0.5", "10.0.0.6", False),
        ("10.0.0.1-10.0.0.5", "10.0.0.5", True),
        ("::1", "addr ::1 done", True),
        ("::1", "é ::1é", True),
        ("2001:db8::/32", "to 2001:db8::42", True),
        ("0.0.0.0/0", "version 1.2.3", False),
    ],
)
def test_addresses_are_found_in_text(pattern: str, text: str, holds: bool) -> None:
    assert AddressSet.parse(pattern).found_in(text) is holds


@pytest.mark.parametrize(
    "pattern", ["", "abc", "1.2.3", "10.0.0.9-10.0.0.1", "10.0.0.1-::1", "10.0.0.0/99", "10.0.0.1 - 10.0.0.3"]
)
def test_what_is_no_set_of_addresses_is_refused(pattern: str) -> None:
    with pytest.raises(BadAddress, match="ip: invalid pattern: "):
        AddressSet.parse(pattern)


@pytest.mark.parametrize(("key", "name"), [("a.b-c", "a_b_c"), ("1st", "_1st"), (" x ", "x"), ("", ""), ("é", "_")])
def test_keys_become_label_names(key: str, name: str) -> None:
    assert sanitized(key) == name
