"""Where a person may be sent after signing in."""

from __future__ import annotations

import pytest

from watchkeeper_console.border.next_path import safe_next


@pytest.mark.parametrize("wanted", ["/", "/explore", "/explore?source=logs&query=%7Ba%3D%22b%22%7D", "/a//b", "/x#y"])
def test_a_path_of_our_own_is_kept(wanted: str) -> None:
    assert safe_next(wanted) == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        "",
        "explore",
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/ /evil.example",
        " /explore",
        "javascript:alert(1)",
        "/login?next=/login",
        "/api/prometheus/api/v1/query?query=up",
        "/-/healthy",
        "/\x00",
        "/" + "a" * 3000,
        "http:/evil.example",
    ],
)
def test_anything_else_becomes_the_start_page(wanted: str) -> None:
    assert safe_next(wanted) == "/"
