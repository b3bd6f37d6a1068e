"""What other files of the same run say, for rules that need more than one file. Nothing here judges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


def _unknown(file: str, path: str) -> bool | None:
    del file, path
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """``jobs``: scrape jobs, None where no Prometheus configuration is in the run; ``services``: names that Compose files give
    to containers, None without one; ``scrape_interval_s``: the longest default interval. ``exists(file, path)``: whether
    ``path``, written in ``file``, leads to a file; None where that cannot be told from here.
    """

    jobs: frozenset[str] | None = None
    services: frozenset[str] | None = None
    scrape_interval_s: float | None = None
    exists: Callable[[str, str], bool | None] = _unknown
