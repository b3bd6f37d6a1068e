"""What ``--listen-address`` says."""

from __future__ import annotations


def split_address(text: str) -> tuple[str, int] | None:
    """Host and port of ``127.0.0.1:23003``, ``[::1]:23003`` or ``:23003``; None where it is none of these.

    The host comes without its brackets and may be empty: whether that means every address is the engine's decision.
    """
    host, separator, port = text.rpartition(":")
    if not separator or not port.isdecimal() or len(port) > 5 or int(port) > 65535:
        return None
    return host.removeprefix("[").removesuffix("]"), int(port)
