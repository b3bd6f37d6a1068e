"""Log files of Docker's ``json-file`` driver: recognised by their names, unwrapped line by line. Pure.

Each line is a JSON object around what the container wrote. Only lines of our own stack's containers are taken: those carry
their labels (the Compose file asks the driver for it), so nobody has to be asked whose a file is.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from watchkeeper_shipper.stamp import timestamp_ns

STACK_LABEL = "watchkeeper.stack"
WORKLOAD_LABEL = "watchkeeper.workload"

_NAME = re.compile(r"/[0-9a-f]{64}-json\.log(?:\.\d+)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwrapped:
    """``text`` is what was written; ``time_ns`` when the engine read it (None where it does not say)."""

    text: str
    time_ns: int | None
    stack: str
    workload: str


def is_docker_log(path: str) -> bool:
    """Whether the driver wrote the file at ``path``."""
    return _NAME.search(path) is not None


def unwrap(raw: bytes) -> Unwrapped | None:
    """One line of such a file; None for anything else, and for a container without our labels.

    A line of more than 16 KiB comes in several pieces; each is a line here.
    """
    try:
        entry = json.loads(raw)
        attributes = entry["attrs"]
        return Unwrapped(
            text=str(entry["log"]).removesuffix("\n").removesuffix("\r"),
            time_ns=timestamp_ns(entry.get("time")),
            stack=str(attributes[STACK_LABEL]),
            workload=str(attributes[WORKLOAD_LABEL]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
