"""Mistakes in the description that only the machine shows, worded and placed for the command line that finds them."""

from __future__ import annotations

from watchkeeper.spec.document import Document, KeyPath
from watchkeeper.workload.failure import Mistake


def port_in_use(document: Document, port: int, endpoint: str, *, holder: str = "") -> Mistake:
    """``endpoint``: ``workload.endpoint`` of the plan; ``holder``: who listens, if known (``postgres, process 812``)."""
    written = next(
        (path for name in (endpoint, endpoint.partition(".")[0]) if (path := ("ports", name)) in document.values), None
    )
    hint = f"stop it, or choose another port with ports: {{{endpoint}: PORT}}, or for all with ports: {{base: PORT}}"
    return document.mistake(
        "port-in-use",
        written or ("ports", "base"),
        f"cannot use port {port} for {endpoint}: {holder or 'another program'} listens there",
        hint="stop it, or write another port" if written else hint,
    )


def unreadable_secret(document: Document, path: KeyPath, source: str, reason: str) -> Mistake:
    """``source``: the file, or the name of the environment variable; ``reason``: ``it is empty``, ``there is no such file``."""
    return document.mistake(
        "unreadable-secret",
        path,
        f"cannot read a secret from {source}: {reason}",
        hint="it must hold the secret and nothing else, and be readable by you",
    )
