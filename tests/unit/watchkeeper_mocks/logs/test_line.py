import json

import pytest

from watchkeeper_mocks.logs.line import Line, spelled

LINE = Line(
    at_s=1767571200.25,
    service="web",
    level="warn",
    message="GET / 404",
    fields={"status_code": 404, "duration_ms": 1.5, "path": 'a "b"', "empty": ""},
)


def test_a_line_is_json() -> None:
    assert json.loads(spelled(LINE, "json")) == {
        "ts": "2026-01-05T00:00:00.250Z",
        "level": "warn",
        "service": "web",
        "msg": "GET / 404",
        "status_code": 404,
        "duration_ms": 1.5,
        "path": 'a "b"',
        "empty": "",
    }


def test_a_line_is_logfmt() -> None:
    assert spelled(LINE, "logfmt") == (
        'ts=2026-01-05T00:00:00.250Z level=warn service=web msg="GET / 404" status_code=404 duration_ms=1.5 '
        'path="a \\"b\\"" empty=""'
    )


@pytest.mark.parametrize(("service", "start"), [("web", "{"), ("worker", "{"), ("api", "ts="), ("payment", "ts=")])
def test_mixed_logs_are_json_for_some_services_and_logfmt_for_others(service: str, start: str) -> None:
    line = Line(at_s=0.0, service=service, level="info", message="x", fields={})
    assert spelled(line, "mixed").startswith(start)
