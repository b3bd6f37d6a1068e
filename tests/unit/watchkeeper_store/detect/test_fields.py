"""Fields of lines, with their types and the parser that finds them."""

from __future__ import annotations

import pytest

from watchkeeper_store.detect.fields import detect, detected_labels, type_of
from watchkeeper_store.logql.evaluation.results import Entry
from watchkeeper_store.logql.labels import Labels


def entry(line: str, metadata: Labels = (), parsed: Labels = ()) -> Entry:
    return Entry(timestamp_ns=0, line=line, stream=(("app", "shop"),), metadata=metadata, parsed=parsed)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("17", "int"),
        ("-17", "int"),
        ("1.5", "float"),
        ("1e9", "float"),
        ("true", "boolean"),
        ("False", "boolean"),
        ("1m30s", "duration"),
        ("250ms", "duration"),
        ("10KB", "bytes"),
        ("1.5 MiB", "bytes"),
        ("abc", "string"),
        ("", "string"),
        ("10.0.0.1", "string"),
    ],
)
def test_the_type_of_a_value(text: str, kind: str) -> None:
    assert type_of(text) == kind


def test_lines_are_read_as_json_or_else_as_logfmt() -> None:
    found = detect([entry('{"a": {"b c": 1}, "app": "x", "none": null, "list": [1]}'), entry("took=5ms user=eve")], 100)
    assert {name: (one.type, one.parsers, one.path) for name, one in found.items()} == {
        "a_b_c": ("int", ["json"], ("a", "b c")),
        "app_extracted": ("string", ["json"], ("app",)),
        "took": ("duration", ["logfmt"], ()),
        "user": ("string", ["logfmt"], ()),
    }


def test_a_line_that_is_nested_without_end_does_no_harm() -> None:
    line = '{"a":' * 900 + "1" + "}" * 900
    assert detect([entry(line), entry('{"b":1}')], 100).keys() == {"b"}


def test_structured_metadata_has_no_parser() -> None:
    found = detect([entry("plain text", (("trace_id", "ab"),))], 100)
    assert found["trace_id"].parsers == []
    assert list(found["trace_id"].values) == ["ab"]


def test_a_field_of_metadata_that_json_has_too_says_where() -> None:
    found = detect([entry('{"ids": {"trace": "x"}}', (("ids_trace", "y"),))], 100)
    assert (found["ids_trace"].parsers, found["ids_trace"].path) == (["json"], ("ids", "trace"))


def test_a_query_that_parses_decides_which_fields_there_are() -> None:
    found = detect([entry("took=5ms user=eve", parsed=(("__error__", "x"), ("took", "5ms")))], 100)
    assert list(found) == ["took"]


def test_mixed_values_have_the_type_that_holds_both() -> None:
    found = detect([entry("n=1 m=1 s=1"), entry("n=1.5 m=2 s=x")], 100)
    assert {name: one.type for name, one in found.items()} == {"n": "float", "m": "int", "s": "string"}


def test_no_more_fields_than_asked_for_are_told() -> None:
    assert list(detect([entry("a=1 b=2 c=3")], 2)) == ["a", "b"]


def test_labels_that_only_identify_are_not_worth_showing() -> None:
    identifier = "0af76519-16cd-43dd-8448-eb211c80319c"
    streams: list[Labels] = [
        (("app", "a"), ("id", identifier), ("pod", "1")),
        (("app", "b"), ("id", "17"), ("pod", "2"), ("zone", "1"), ("mixed", "x")),
        (("mixed", "2"), ("zone", "2.5")),
        (("yes", "1"), ("zone", "0")),
    ]
    assert detected_labels(streams) == {"app": 2, "mixed": 2, "pod": 2, "yes": 1}
