"""Whatever is sent to the console's borders, only what was meant to pass comes out on the other side."""

from __future__ import annotations

import re
from urllib.parse import unquote, urljoin, urlsplit

from hypothesis import example, given
from hypothesis import strategies as st

from watchkeeper_console.border.gate import basic_credentials
from watchkeeper_console.border.hosts import host_name
from watchkeeper_console.border.next_path import safe_next
from watchkeeper_console.identity.throttle import Subject, Throttle
from watchkeeper_console.upstreams.allowed import Allowed, decide
from watchkeeper_process.logfmt import quote

HERE = "http://console.example:23000/login"
PIECES = st.sampled_from(
    [
        "/",
        "//",
        "\\",
        "\t",
        "\n",
        " ",
        ".",
        "..",
        "%2e",
        "%2f",
        "%5c",
        "@",
        ":",
        "?",
        "#",
        "evil.example",
        "http:",
        "explore",
        "api",
    ]
)
PATHS = st.one_of(st.text(), st.lists(PIECES, max_size=8).map("".join))
SEGMENTS = st.sampled_from(
    [
        *("api", "prometheus", "alertmanager", "logs", "v1", "v2", "loki", "query", "label", "values", "push", "admin", "-"),
        *("..", ".", "", "%2e%2e", "%2f", "a", "job", "silence", "0b2c9c5e-7c0a-4f6d-9f54-3f8f8b1f4c11", "quit", ";x", "\\"),
    ]
)
RAW_PATHS = st.one_of(st.binary(), st.lists(SEGMENTS, max_size=10).map(lambda parts: ("/" + "/".join(parts)).encode()))


def _as_a_browser_reads_it(path: str) -> str:
    """The WHATWG way: tabs and line breaks vanish, a backslash is a slash."""
    return re.sub(r"[\t\n\r]", "", path.strip("".join(map(chr, range(0x21))))).replace("\\", "/")


@given(PATHS)
@example("/\t/evil.example")
@example("/\\evil.example")
def test_nobody_is_ever_sent_to_another_server(wanted: str) -> None:
    led_to = urlsplit(urljoin(HERE, _as_a_browser_reads_it(safe_next(wanted))))
    assert (led_to.scheme, led_to.netloc) == ("http", "console.example:23000")


@given(st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"]), RAW_PATHS)
@example("GET", b"/api/prometheus/api/v1/label/%2e%2e/values")
def test_what_the_proxy_passes_on_is_plain_and_below_an_api(method: str, raw_path: bytes) -> None:
    decision = decide(method, raw_path)
    if isinstance(decision, Allowed):
        assert re.fullmatch(r"/(api/v1|api/v2|loki/api/v1)(/[A-Za-z0-9_-]+)+", decision.path)
        assert unquote(decision.path) == decision.path
        assert f"/api/{decision.upstream}{decision.path}".encode() == raw_path
        assert method in {"GET", "HEAD"} or not re.search(r"push|admin|delete|config|quit|reload", decision.path)


@given(st.text())
def test_a_host_is_a_plain_name_or_none(header: str) -> None:
    name = host_name(header)
    assert name is None or re.fullmatch(r"[a-z0-9_.:-]*", name)


@given(st.text())
def test_credentials_are_a_pair_or_none(header: str) -> None:
    for given_header in (header, f"Basic {header}"):
        pair = basic_credentials(given_header)
        assert pair is None or len(pair) == 2


@given(st.text())
def test_a_logged_value_stays_on_its_line_and_in_its_quotes(value: str) -> None:
    quoted = quote(value)
    assert len(quoted.splitlines()) == 1
    if quoted.startswith('"'):
        assert re.fullmatch(r'"(?:[^"\\]|\\.)*"', quoted)
    else:
        assert not re.search(r'[\s"=]', quoted)


@given(st.lists(st.floats(min_value=0, max_value=600), max_size=80))
def test_a_wait_is_bounded_and_ends(pauses: list[float]) -> None:
    throttle, now = Throttle(), 0.0
    subjects = [Subject("pair", "a"), Subject("address", "b"), Subject("account", "c"), Subject("device", "d")]
    for pause in pauses:
        throttle.failed(subjects, now)
        now += pause
        wait_s = throttle.wait_s(subjects, now)
        assert 0 <= wait_s <= 60
        assert throttle.wait_s(subjects, now + wait_s + 1e-6) == 0
