"""Every route with every method and with parameters that make no sense: an answer in Loki's shape, never a 500."""

from __future__ import annotations

import http.client
import random
import time
from collections.abc import Iterator, Mapping
from urllib.parse import quote

import pytest
from tests.live.store_process import StoreProcess

from watchkeeper_store.api.application import ROUTES

pytestmark = pytest.mark.live
SECOND = 10**9
SOME_SECONDS = 8.0

NAMES = (
    *("query", "start", "end", "since", "step", "limit", "direction", "time", "interval", "match", "match[]", "targetLabels"),
    *("aggregateBy", "line_limit", "field_limit", "request_id", "force"),
)
VALUES = (
    *("", "0", "-1", "1", "1e300", "NaN", "inf", "9" * 30, "1.5", "0.0000001", "2026-13-45T00:00:00Z", "9999-12-31T23:59:59Z"),
    *("0001-01-01T00:00:00Z", "2026-01-01T00:00:00+99:99", "5m", "-5m", "99999y", "FORWARD", "up", "app", ",", "true", "%"),
    *("\x00", "é", "a" * 5000, "١٢", "1;2"),
)
QUERIES = (
    *('{app="a"}', '{app=~".+"}', '{app="a"} | logfmt', '{app="a"} | json', "{", "{}", '{app=~"("}', '{app="a"} | unwrap x'),
    *('sum(count_over_time({app="a"}[5m]))', 'rate({app="a"}[0s])', 'rate({app="a"}[99999999999y])', "vector(1)", "1/0"),
    *('count_over_time({app="a"}[5m] offset -99999h)', 'topk(1,rate({app="a"}[1m]))', '{app="a"} | regexp "("'),
    *('quantile_over_time(0.5,{app="a"}|logfmt|unwrap n[1m])', '{app="a"} | label_format a=b,c="{{div 1 0}}"'),
    *(
        '{app="a"} | logfmt | line_format "{{ repeat 100000000 .msg }}"',
        '{app="a"} |= "\\ud800"',
        "(" * 3000,
        "1" + "+1" * 3000,
    ),
)
BODIES = (
    *(
        b"",
        b"{}",
        b"[]",
        b"null",
        b'{"streams":[]}',
        b'{"streams":[{}]}',
        b'{"streams":[{"stream":{"a":"b"},"values":[["1","x"]]}]}',
    ),
    *(b'{"streams":[{"stream":{"":"b"},"values":[["1","x"]]}]}', b'{"streams":[{"stream":{"a":1},"values":[["1","x"]]}]}'),
    *(
        b'{"streams":[{"stream":{"a":"b"},"values":[["9999999999999999999999","x"]]}]}',
        b"\x0a\x05\x0a\x03abc",
        b"\x1f\x8bgarbage",
    ),
    b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"99999999999999999999999","body":{"stringValue":"x"}}]}]}]}',
    b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":-1,"body":{"kvlistValue":{"values":[{"key":"a"}]}}}]}]}]}',
)
METHODS = ("GET", "POST", "FORM", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreProcess]:
    process = StoreProcess(tmp_path_factory.mktemp("store") / "data").start()
    now = time.time_ns()
    process.push_lines({"app": "a"}, *[(now - n * SECOND, f'level=info msg="u{n}" took={n}ms n={n}') for n in range(20)])
    process.push_lines({"app": "b"}, *[(now - n * SECOND, f'{{"n":{n},"o":{{"p":"x"}}}}') for n in range(20)])
    yield process
    process.kill()


def ask(store: StoreProcess, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", store.port, timeout=30)
    try:
        connection.request(method, path, body, dict(headers))
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def a_request(chance: random.Random) -> tuple[str, str, bytes | None, dict[str, str]]:
    patterns = [
        "/loki/api/v1/label/app/values",
        "/loki/api/v1/label/%00/values",
        "/loki/api/v1/detected_field/%ff/values",
        "/x",
    ]
    path = chance.choice([*(route for route in ROUTES if route not in ("/flush", "/-/backup")), *patterns])
    headers: dict[str, str] = {}
    if chance.random() < 0.2:
        headers["X-Scope-OrgID"] = chance.choice(["a", "a|b", "../x", ".", "", "x" * 151, "é", "a b", "a/b"])
    if path.endswith(("push", "/logs")):
        headers["Content-Type"] = chance.choice(["", "application/json", "application/x-protobuf", "text/plain"])
        headers["Content-Encoding"] = chance.choice(["", "gzip", "deflate", "snappy", "zstd", "lz4", "br"])
        return "POST", path, chance.choice([*BODIES, chance.randbytes(40)]), headers
    pairs = [(chance.choice(NAMES), chance.choice(VALUES)) for _ in range(chance.randrange(4))]
    if chance.random() < 0.7:
        pairs.append(("query", chance.choice(QUERIES)))
    encoded = "&".join(f"{quote(name)}={quote(value)}" for name, value in pairs)
    method = chance.choice(METHODS)
    if method == "FORM":
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return "POST", path, encoded.encode(), headers
    return method, f"{path}?{encoded}", None, headers


def test_no_request_makes_the_store_fail(store: StoreProcess) -> None:
    chance = random.Random(20261121)  # noqa: S311  the same requests in every run
    ending = time.monotonic() + SOME_SECONDS
    seen: set[int] = set()
    while time.monotonic() < ending:
        request = a_request(chance)
        status, body = ask(store, *request)
        assert status < 500, (status, body[:300], request)
        seen.add(status)
    assert {200, 204, 400, 404, 405} <= seen
    assert store.get("/-/ready").status == 200
    assert "level=error" not in store.output.read_text()


@pytest.mark.parametrize("path", sorted(ROUTES))
def test_a_method_that_a_route_does_not_have_is_405_and_the_answer_says_which_it_has(store: StoreProcess, path: str) -> None:
    methods = ROUTES[path][0]
    for method in {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"} - set(methods):
        answer = store.request(method, path)
        assert (answer.status, answer.headers["allow"]) == (405, ", ".join(methods)), method


def test_head_is_get_without_a_body(store: StoreProcess) -> None:
    got, head = store.get("/ready"), store.request("HEAD", "/ready")
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(got.body)))
    assert store.request("HEAD", "/loki/api/v1/push").status == 405


@pytest.mark.parametrize(
    "path", ["/", "/loki", "/loki/api/v1/", "/loki/api/v1/nosuch", "/loki/api/v1/label//values", "/metrics/"]
)
def test_an_unknown_route_is_404(store: StoreProcess, path: str) -> None:
    answer = store.get(path)
    assert (answer.status, answer.text) == (404, "404 page not found\n")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("query_range?query=%7B", "parse error at line 1, col 2: syntax error: unexpected $end, expecting IDENTIFIER or }\n"),
        ("query?query=", "parse error : syntax error: unexpected $end\n"),
        ("query_range?query=%7Ba%3D%22b%22%7D&limit=x", 'strconv.Atoi: parsing "x": invalid syntax\n'),
        ("series?match[]=%7B", "parse error at line 1, col 2: syntax error: unexpected $end, expecting IDENTIFIER or }\n"),
        ("labels?start=x", "could not parse 'start' parameter: strconv.ParseInt: parsing \"x\": invalid syntax\n"),
    ],
)
def test_a_mistake_of_the_client_is_plain_text_with_status_400(store: StoreProcess, path: str, text: str) -> None:
    answer = store.get(f"/loki/api/v1/{path}")
    assert (answer.status, answer.text) == (400, text)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
