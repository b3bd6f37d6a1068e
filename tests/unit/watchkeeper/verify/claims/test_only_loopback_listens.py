"""Which addresses other machines cannot reach."""

from __future__ import annotations

import pytest

from watchkeeper.verify.claims.only_loopback_listens import is_loopback


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_loopback_is_known_in_either_spelling(address: str) -> None:
    assert is_loopback(address)


@pytest.mark.parametrize("address", ["0.0.0.0", "10.0.0.1", "::", "fe80::1", "::ffff:10.0.0.1", "::ffff:0.0.0.0"])
def test_no_other_address_passes_for_loopback(address: str) -> None:
    assert not is_loopback(address)
