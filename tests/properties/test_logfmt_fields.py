"""What a field column says of a line is what the logfmt parser says of it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from watchkeeper_store.logql.stages.logfmt import pairs
from watchkeeper_store.logql.stages.names import sanitized
from watchkeeper_store.model.field_codes import BARE, OPEN, UNSURE
from watchkeeper_store.model.field_values import FieldValues
from watchkeeper_store.model.fields import shred
from watchkeeper_store.model.rows import texts_of

WORDS = st.sampled_from(["status", "a_b", "a.b", "xstatus", "status2", "k", "status_code_long", "status.code-long"])
VALUES = st.sampled_from(
    ["200", "", "x" * 8, "y" * 16, "z" * 33, '"quoted text"', '""', '"a=b status=1"', "a=b", 'a"b', "a\\b"]
)
PAIRS = st.builds(lambda key, value: f"{key}={value}", WORDS, VALUES)
PARTS = PAIRS | st.sampled_from(["word", '"', "=", '="', "\t", "\\", 'a"', '"b', "status", '"say \\"no\\" status=9"'])
LINES = st.lists(st.lists(PARTS, min_size=1, max_size=6).map(" ".join), min_size=1, max_size=6) | st.lists(
    st.text(alphabet='as_b.=" 1\\\t', min_size=13, max_size=30), min_size=1, max_size=6
)


def as_parsed(line: str, key: str) -> str:
    """The value that `| logfmt` gives the label, empty for none."""
    return next((value for name, value in pairs(line, strict=False) if sanitized(name) == key and value), "")


@settings(max_examples=400)
@given(LINES)
def test_a_column_agrees_with_the_parser_wherever_it_says_something(lines: list[str]) -> None:
    for key in ("status", "a_b", "status_code_long"):
        known: dict[str, FieldValues] = {}
        codes = shred(texts_of([line.encode() for line in lines]), known, [key.encode()])[key].codes.tolist()
        for line, code in zip(lines, codes, strict=True):
            if code != OPEN:
                assert known[key].values[code].decode() == as_parsed(line, key), (line, key)


def test_the_usual_line_is_not_left_open() -> None:
    lines = ['ts=1 level=info status=200 a.b=7 msg="all is well"'] * 3
    codes = shred(texts_of([line.encode() for line in lines]), {}, [b"status", b"a_b"])
    assert OPEN not in [*codes["status"].codes.tolist(), *codes["a_b"].codes.tolist()]


FIRM_VALUES = st.sampled_from(["200", "404", "", "x" * 8, "y" * 33, "two words", "ä", "\x01", '"', "a=b"])
TEMPLATES = st.lists(
    st.tuples(WORDS | st.sampled_from(["ts", "a_b_long_name_of_a_key"]), st.booleans()), min_size=1, max_size=5, unique=True
)


@st.composite
def alike(draw: st.DrawFn) -> list[str]:
    """Lines of one to three shapes, most of them as regular as one program writes them, in any order."""
    lines = []
    for template in draw(st.lists(TEMPLATES, min_size=1, max_size=3)):
        for _ in range(draw(st.integers(1, 12))):
            pairs = [(key, draw(FIRM_VALUES), quoted) for key, quoted in template]
            lines.append(" ".join(f'{key}="{value}"' if quoted else f"{key}={value}" for key, value, quoted in pairs))
    lines += draw(LINES)
    return draw(st.permutations(lines))


@settings(max_examples=400)
@given(alike())
def test_columns_of_lines_that_are_alike_agree_with_the_parser_and_tell_how_they_are_spelled(lines: list[str]) -> None:
    for key in ("status", "a_b", "status_code_long"):
        known: dict[str, FieldValues] = {}
        column = shred(texts_of([line.encode() for line in lines]), known, [key.encode()])[key]
        for line, code in zip(lines, column.codes.tolist(), strict=True):
            if code == OPEN:
                continue
            value = known[key].values[code].decode()
            assert value == as_parsed(line, key), (line, key)
            if not column.spelling & UNSURE:
                assert line.count(f"{key}=") == (1 if value else 0), (line, key)
            if value and f'{key}="' not in line and f"{key}=" in line:
                assert column.spelling & BARE, (line, key)
