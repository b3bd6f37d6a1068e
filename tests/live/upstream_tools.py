"""Upstream programs for live tests, acquired as the platform acquires them. Where they cannot be had, tests fail."""

from __future__ import annotations

import asyncio
from functools import cache
from pathlib import Path

from watchkeeper.acquire.cache import default_cache
from watchkeeper.acquire.search import acquire
from watchkeeper.catalogue.releases import software

COMES_WITH = {"prometheus": "prometheus", "promtool": "prometheus", "amtool": "alertmanager"}


@cache
def tool(name: str) -> Path:
    """The tool's path. Raises WorldFailed, with every source's reason, when it cannot be acquired."""
    program = software("current")[COMES_WITH[name]]
    return asyncio.run(acquire([program], cache=default_cache()))[program.name].binaries[name]
