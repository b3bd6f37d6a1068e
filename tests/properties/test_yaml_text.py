"""Whatever is written as YAML is read back the same, by readers of YAML 1.1 and 1.2."""

from __future__ import annotations

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from watchkeeper.spec.read import load
from watchkeeper.workload.yaml_text import Plain, yaml_text

LOOKS_TYPED = ["on", "yes", "No", "y", "null", "~", "1e3", "0o17", "0x1F", "22:22:00", "2026-11-21", ".5", "=", "<<", "1_000"]
LOOKS_LIKE_YAML = [
    "",
    "- a",
    "a: b",
    "# c",
    "x #y",
    "'",
    '"',
    "{a}",
    "[b]",
    "&a",
    "*a",
    "!t",
    "%d",
    "@h",
    "`e`",
    "|",
    ">",
    "?",
    "...",
]
CONFUSING = st.sampled_from([*LOOKS_TYPED, *LOOKS_LIKE_YAML])
LINES = st.lists(st.text(alphabet="ab :#-|'\"\t{}é…", max_size=12), min_size=2, max_size=5).map("\n".join)
TEXTS = st.one_of(CONFUSING, LINES, st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=20))
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**17), 10**17), st.floats(allow_nan=False, allow_infinity=False), TEXTS
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=20,
)
DOCUMENTS = st.dictionaries(TEXTS, VALUES, max_size=5)


@given(DOCUMENTS)
@example({"script": "a\n...\n"})
@example({"a": {"b": ["x\ny\n\n", " x\ny", "x \ny", "\x85", "\u2028x"]}})
def test_what_is_written_is_read_back_the_same_by_a_reader_of_yaml_1_1(data: dict[str, Plain]) -> None:
    assert yaml.safe_load(yaml_text(data)) == data


@given(DOCUMENTS)
def test_what_is_written_is_read_back_the_same_by_a_reader_of_yaml_1_2(data: dict[str, Plain]) -> None:
    document = load(yaml_text(data), "written.yaml")
    assert document.data == data
    assert not document.mistakes


@given(VALUES)
def test_a_document_that_is_not_a_mapping_is_read_back_as_well(data: Plain) -> None:
    assert yaml.safe_load(yaml_text(data)) == data
