"""Stages that several test modules share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.unit.watchkeeper_console.console_stage import Console, running, some_settings


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    """A console without any upstream."""
    async with running(some_settings(tmp_path), tmp_path / "data") as stage:
        yield stage
