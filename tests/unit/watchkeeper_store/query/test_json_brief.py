"""A JSON line is cut down only where nothing else in it could be the label that is wanted."""

from __future__ import annotations

import duckdb
import pytest

from watchkeeper_store.query.json_brief import can_be_cut, json_brief


def brief(line: str, *names: str) -> str:
    parameters = [line]

    def parameter(value: str) -> str:
        parameters.append(value)
        return f"${len(parameters)}"

    expression = json_brief(names, parameter)
    row = duckdb.execute(f"SELECT {expression} FROM (SELECT $1::VARCHAR AS line)", parameters).fetchone()  # noqa: S608
    assert row is not None
    return str(row[0])


def test_members_are_kept_as_they_are_written() -> None:
    line = '{"status": 500, "took_ms":1.50,"msg":"say \\"no\\"","ok":true,"rest":[1,{"a":2}]}'
    assert brief(line, "status") == '{"status":500}'
    assert brief(line, "took_ms", "ok") == '{"took_ms":1.50,"ok":true}'
    assert brief(line, "msg") == '{"msg":"say \\"no\\""}'


def test_what_is_missing_is_left_out() -> None:
    assert brief('{"a":1}', "status") == "{}"
    assert brief('{"a":1,"field":"status"}', "status") == "{}"
    assert brief('{"status":[500]}', "status") == "{}"
    assert brief('{"http":{"status":500}}', "status") == "{}"
    assert brief('{"a":1}') == "{}"


def test_a_name_that_only_begins_alike_is_another() -> None:
    assert brief('{"status_text":"x","status":500}', "status") == '{"status":500}'


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ('{"status":1,"status":2}', "status"),
        ('{" status":1}', "status"),
        ('{"st\\u0061tus":1}', "status"),
        ('{"took-ms":1}', "took_ms"),
        ('{"took":{"ms":1}}', "took_ms"),
        ('{"took\\"ms":1,"took_ms":2}', "took_ms"),
        ('{"status":1,}', "status"),
        ('{"status":1,"x":NaN}', "status"),
        ('{"status":1,"x":[ -Infinity ]}', "status"),
        ('{"status":1', "status"),
        ('{"status":{"":5}}', "status"),
        ('{"":{"status":5}}', "status"),
        ('{" \\t":{"status":5},"x":1}', "status"),
        ("[1]", "status"),
        ("plain words", "status"),
    ],
)
def test_a_line_that_could_mean_something_else_stays_whole(line: str, name: str) -> None:
    assert brief(line, name) == line


def test_names_that_no_plain_member_could_have_are_not_tried() -> None:
    assert can_be_cut(["status", "took_ms"])
    assert not can_be_cut(["_1st"])
