"""The file between the target and the warden."""

from __future__ import annotations

import pytest
from tests.unit.watchkeeper.targets.native.warden.test_judge import WATCHED

from watchkeeper.targets.native.warden.watchlist import Watchlist, parsed, printed

WATCHLIST = Watchlist(stack="s", state_folder="/s", supervisor_socket="/s/run/x.sock", budget_bytes=1, watched=(WATCHED,))


def test_what_is_printed_is_parsed_back() -> None:
    assert parsed(printed(WATCHLIST)) == WATCHLIST


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"watched": [{}]}', b'{"watched": [], "surprise": 1}'])
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        parsed(content)
