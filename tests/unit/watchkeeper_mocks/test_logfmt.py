import pytest

from watchkeeper_mocks.logfmt import logfmt


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ("", '""'),
        ("two words", '"two words"'),
        ('a"b', '"a\\"b"'),
        ("a=b", '"a=b"'),
        ("a\nb", '"a\\nb"'),
        ("back\\slash", '"back\\\\slash"'),
        ("ü", "ü"),
        (True, "true"),
        (1.5, "1.5"),
    ],
)
def test_values_are_quoted_where_they_must_be(value: object, text: str) -> None:
    assert logfmt({"key": value}) == f"key={text}"


def test_pairs_keep_their_order() -> None:
    assert logfmt({"b": 1, "a": 2}) == "b=1 a=2"
