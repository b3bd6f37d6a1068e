"""Which Host headers are served."""

from __future__ import annotations

import socket

import pytest
from tests.unit.watchkeeper_console.console_stage import Console, url

from watchkeeper_console.border.hosts import allowed_hosts, host_name


def test_the_name_is_read_without_its_port() -> None:
    assert host_name("LOCALHOST:23000") == "localhost"
    assert host_name("[::1]:23000") == "::1"
    assert host_name("watch.example.org.") == "watch.example.org"


@pytest.mark.parametrize("header", ["", "a b", "a:b", "user@localhost", "localhost:123456", "[::1", "a/b", "localhost:80:80"])
def test_a_malformed_header_names_no_host(header: str) -> None:
    assert host_name(header) is None


def test_listening_everywhere_allows_only_this_machines_own_name_besides() -> None:
    hosts = allowed_hosts(url("https://watch.example.org"), "0.0.0.0")
    assert hosts == {"localhost", "127.0.0.1", "::1", "watch.example.org"} | {
        socket.gethostname().lower(),
        socket.getfqdn().lower(),
    }


@pytest.mark.parametrize("path", ["/", "/login", "/metrics", "/-/healthy", "/api/health", "/static/base.css"])
async def test_a_rebound_name_reaches_nothing(console: Console, path: str) -> None:
    async with console.browser(base="http://attacker.example:23000") as browser:
        answer = await browser.get(path)
    assert answer.status_code == 421
    assert "set-cookie" not in answer.headers


async def test_loopback_names_are_served_on_any_port(console: Console) -> None:
    for base in ("http://localhost:8080", "http://127.0.0.1", "http://[::1]:23000"):
        async with console.browser(base=base) as browser:
            assert (await browser.get("/-/healthy")).status_code == 200
