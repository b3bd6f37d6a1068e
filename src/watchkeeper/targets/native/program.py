"""A program as the native target takes it from whoever acquired it. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """``executable`` and ``prefix_arguments`` (``-m module``) come before the workload's own arguments.

    ``environment`` is what the program needs wherever it runs; ``assets`` maps asset names to files that came with it.
    ``version`` is compared: another one means a restart.
    """

    executable: Path
    prefix_arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    assets: Mapping[str, Path] = field(default_factory=dict)
    version: str = ""
    binaries: Mapping[str, Path] = field(default_factory=dict)
    """The program and the tools that came with it, by name: what a probe may run."""
