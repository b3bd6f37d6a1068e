from __future__ import annotations

import pytest

from watchkeeper_process.address import split_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:23003", ("127.0.0.1", 23003)),
        ("[::1]:0", ("::1", 0)),
        (":65535", ("", 65535)),
        ("localhost:1", ("localhost", 1)),
    ],
)
def test_an_address_is_a_host_and_a_port(text: str, address: tuple[str, int]) -> None:
    assert split_address(text) == address


@pytest.mark.parametrize(
    "text", ["", "8080", "localhost", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:http", "h:" + "1" * 5000]
)
def test_anything_else_is_none(text: str) -> None:
    assert split_address(text) is None
