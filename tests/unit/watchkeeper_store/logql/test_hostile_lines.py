"""Lines made to be expensive: every stage takes time in proportion to the line, and none fails on it."""

from __future__ import annotations

import time

import pytest

from watchkeeper_store.logql import LogQuery, parse
from watchkeeper_store.logql.record import Record
from watchkeeper_store.logql.stages.stage import EVERYTHING

LINES = {
    "nested objects": '{"a":' * 20_000 + "1" + "}" * 20_000,
    "nested and broken objects": '{"a":{"b":' * 60 + "1" + "}" * 119 + "x",
    "open arrays": "[" * 50_000,
    "open objects": "{" * 50_000,
    "open string": '{"a":"' + '\\"' * 50_000,
    "open logfmt value": 'a="' + '\\"' * 50_000,
    "quotes": '"' * 50_000,
    "keys": "a=" * 20_000,
    "key words": 'level="\\' * 10_000,
    "colours": "\x1b[" * 20_000 + "\x1b" + "1;" * 20_000,
    "colons": "a:" * 20_000,
    "dots": "1." * 20_000,
    "backslashes": "\\" * 50_000,
    "long": "x" * 200_000,
}
STAGES = (
    "json",
    'json a="a.a.a", b="[0][0]"',
    "logfmt",
    "logfmt --strict --keep-empty",
    'logfmt a="a"',
    "unpack",
    "decolorize",
    'pattern "<a>=<b> <c>"',
    'regexp "(?P<a>.*)=(?P<b>.*)"',
    "line_format `{{ fromJson __line__ }}`",
    'a = ip("10.0.0.0/8")',
)


@pytest.mark.parametrize("line", LINES.values(), ids=LINES.keys())
@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_is_done_with_a_hostile_line_in_no_time(stage: str, line: str) -> None:
    query = parse(f'{{app="a"}} | {stage}')
    assert isinstance(query, LogQuery)
    steps = [one.compile(EVERYTHING) for one in query.stages]
    record = Record(0, line, {"a": line}, {})
    began = time.process_time()
    for step in steps:
        step(record)
    assert time.process_time() - began < 1.0
