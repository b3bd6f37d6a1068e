"""What was read lately is read once, and never more than so many bytes are kept."""

from __future__ import annotations

from collections.abc import Callable

from watchkeeper_store.traces.recent import Recent


def test_what_is_kept_is_not_read_again_and_the_oldest_goes_first() -> None:
    reads: list[str] = []

    def reading(name: str) -> Callable[[], bytes]:
        def read() -> bytes:
            reads.append(name)
            return name.encode() * 4

        return read

    recent = Recent(most_bytes=8)
    for name in ("a", "b", "a", "c", "a", "b"):
        assert recent.get(name, reading(name), len) == name.encode() * 4
    # a was used again before c came, so b had to go
    assert reads == ["a", "b", "c", "b"]


def test_what_is_larger_than_all_that_may_be_kept_is_given_and_not_kept() -> None:
    recent = Recent(most_bytes=3)
    assert recent.get("a", lambda: b"1234", len) == b"1234"
    assert recent.get("a", lambda: b"5678", len) == b"5678"
