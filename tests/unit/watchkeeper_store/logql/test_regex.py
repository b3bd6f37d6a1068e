"""Regular expressions: what they match, and how Go names their mistakes."""

import pytest

from watchkeeper_store.logql.regex import BadPattern, compiled, finder, is_set_of_literals, whole_matcher


def test_a_finder_looks_anywhere_and_a_whole_matcher_does_not() -> None:
    assert finder("b+")("abc")
    assert not whole_matcher("b+")("abc")
    assert whole_matcher("a|abc")("abc")


def test_a_dot_matches_a_newline_in_selectors_only() -> None:
    assert not finder("a.b")("a\nb")
    assert whole_matcher("a.b")("a\nb")


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("a(b", "missing closing ): `a(b`"),
        ("a)b", "unexpected ): `a)b`"),
        ("[a", "missing closing ]: `[a`"),
        ("*a", "missing argument to repetition operator: `*`"),
        ("a**", "invalid nested repetition operator: `**`"),
        ("\\q", "invalid escape sequence: `\\q`"),
        ("[z-a]", "invalid character class range: `z-a`"),
        ("a{1001}", "invalid repeat count: `{1001}`"),
        ("a\\", "trailing backslash at end of expression: ``"),
        ("(?P<a", "invalid named capture: `(?P<a`"),
        ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
    ],
)
def test_mistakes_are_named_as_go_names_them(pattern: str, message: str) -> None:
    with pytest.raises(BadPattern) as refusal:
        compiled(pattern)
    assert str(refusal.value) == f"error parsing regexp: {message}"


@pytest.mark.parametrize(
    "pattern",
    [
        *("error", "err|warn", "(?i)error", "(info|warn)", ".*", ".+", "", "a.*", ".*foo.*", "1\\.5"),
        *("warn|warning", "prod|preprod", "a|ab", "foo-(bar|qux)", ".*foo-(?:bar|qux)", "a(b|cd).*", "a(b.*|cde)"),
    ],
)
def test_sets_of_literals_are_told_from_regexes(pattern: str) -> None:
    assert is_set_of_literals(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        *("5..", "\\d+", "a|b", "bar|baz", "400|404", "[ab]", "a.*b.*c", "^a$", "a?"),
        *("foo-(bar|baz)", "(GET|POST)/.*", "foo(bar)", ".*a(b|cd).*", "a(b|c)"),
    ],
)
def test_regexes_are_told_from_sets_of_literals(pattern: str) -> None:
    assert not is_set_of_literals(pattern)
