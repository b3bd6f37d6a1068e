from __future__ import annotations

import pytest

from watchkeeper.spec.document import Document, KeyPath, Place, dotted
from watchkeeper.spec.read import DEEPEST, LARGEST_TEXT, MOST_VALUES, load
from watchkeeper.workload.failure import MistakesFound

TEXT = """\
# a comment
name: shop
scrape:
  jobs:
    - name: a
      targets: [one, two]
    - {name: b}
"""


def document(text: str = TEXT) -> Document:
    return load(text, "w.yaml")


def test_the_data_is_what_the_file_says() -> None:
    assert document().data == {"name": "shop", "scrape": {"jobs": [{"name": "a", "targets": ["one", "two"]}, {"name": "b"}]}}


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        (("name",), 2, 7),
        (("scrape",), 4, 3),
        (("scrape", "jobs"), 5, 5),
        (("scrape", "jobs", 0), 5, 7),
        (("scrape", "jobs", 0, "targets", 1), 6, 22),
        (("scrape", "jobs", 1, "name"), 7, 14),
    ],
)
def test_every_value_has_its_place(path: KeyPath, line: int, column: int) -> None:
    assert document().place(path) == Place(line=line, column=column)


@pytest.mark.parametrize(
    ("path", "line", "column"), [(("name",), 2, 1), (("scrape", "jobs"), 4, 3), (("scrape", "jobs", 1, "name"), 7, 8)]
)
def test_every_key_has_its_place(path: KeyPath, line: int, column: int) -> None:
    assert document().place(path, key=True) == Place(line=line, column=column)


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        (("scrape", "jobs", 0, "interval"), 5, 7),
        (("scrape", "interval"), 3, 1),
        (("scrape", "interval", "deeper", 3), 3, 1),
        (("retention", "logs"), 2, 1),
        ((), 2, 1),
    ],
)
def test_a_missing_path_has_the_place_of_its_nearest_parent(path: KeyPath, line: int, column: int) -> None:
    assert document().place(path) == Place(line=line, column=column)


def test_a_value_is_found_by_its_path_and_nothing_by_any_other() -> None:
    found = document()
    assert found.get(("scrape", "jobs", 0, "targets", 1)) == "two"
    missing: tuple[KeyPath, ...] = (("x",), ("name", "x"), ("scrape", "jobs", 7), ("scrape", 0))
    assert [found.get(path) for path in missing] == [None] * 4


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n", "null\n", "~", "{}"])
def test_a_text_without_values_is_an_empty_description(text: str) -> None:
    assert document(text).data == {}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("on", "on"),
        ("null", None),
        ("", None),
        ("30", 30),
        ("-7", -7),
        ("0o17", 15),
        ("0x1F", 31),
        ("017", 17),
        ("1_000", "1_000"),
        ("22:22", "22:22"),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1e999", "1e999"),
        (".inf", ".inf"),
        ("1.2.3", "1.2.3"),
        ("2026-11-21", "2026-11-21"),
        ("9" * 30, "9" * 30),
        ('"30"', "30"),
        ("'true'", "true"),
        ("!!str 30", "30"),
        ("!!int '30'", 30),
    ],
)
def test_plain_words_have_the_types_of_yaml_1_2(written: str, value: object) -> None:
    found = document(f"key: {written}\n").data["key"]
    assert (found, type(found)) == (value, type(value))


def test_an_alias_stands_for_a_value_with_its_own_place() -> None:
    found = document("a: &x {k: v}\nb: *x\n")
    assert found.data == {"a": {"k": "v"}, "b": {"k": "v"}}
    assert found.place(("b",), key=True) == Place(line=2, column=1)


def test_lesser_mistakes_are_left_in_the_document_with_the_rest_of_its_data() -> None:
    found = document("a: 1\na: 2\n3: x\nb: !tag y\nc: {d: 1, d: 2}\n---\nz: 1\n")
    assert found.data == {"a": 1, "b": None, "c": {"d": 1}}
    assert [(mistake.line, mistake.column, mistake.kind) for mistake in sorted(found.mistakes)] == [
        (2, 1, "duplicate-key"),
        (3, 1, "key-not-text"),
        (4, 4, "unknown-tag"),
        (5, 11, "duplicate-key"),
        (6, 1, "several-documents"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "#" * (LARGEST_TEXT + 1),
        "a: [" + "1," * MOST_VALUES + "]",
        "a: " + "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1),
        "[" * 50_000,
        "a: &a [*a]",
    ],
    ids=["long", "wide", "deep", "unclosed", "alias of itself"],
)
def test_a_text_that_would_use_up_the_machine_is_refused(text: str) -> None:
    with pytest.raises(MistakesFound) as found:
        document(text)
    assert [mistake.kind for mistake in found.value.mistakes] == ["too-large"]


@pytest.mark.parametrize(
    ("path", "text"), [((), ""), (("a",), "a"), (("a", "b"), "a.b"), (("a", 0, "b"), "a[0].b"), (("a", 0, 1), "a[0][1]")]
)
def test_a_path_is_named_as_a_person_would(path: KeyPath, text: str) -> None:
    assert dotted(path) == text


@pytest.mark.parametrize(("kind", "message"), [("no-such-kind", "cannot x"), ("bad-name", "x is wrong")])
def test_only_known_kinds_and_messages_of_our_form_can_be_reported(kind: str, message: str) -> None:
    with pytest.raises(ValueError, match="not a mistake we may report"):
        document().mistake(kind, ("name",), message)
