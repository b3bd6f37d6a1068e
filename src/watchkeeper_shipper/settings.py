"""What the shipper was told to do, checked and complete. Reading it from YAML is `read_settings`'s task."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

MAX_LINE_BYTES = 256 * 1024
"""Loki's default line limit; longer lines are cut into pieces of this size."""

MAX_LABEL_VALUE_BYTES = 2048
"""Loki's default limit; it refuses every line of a stream with a longer value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Multiline:
    """Lines that do not match ``first_line`` belong to the event before them."""

    first_line: re.Pattern[str]
    max_lines: int = 500
    max_wait_s: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parse:
    """What is read out of a line before it is sent unchanged."""

    format: Literal["none", "logfmt", "json"] = "none"
    timestamp: bool = True
    level: Literal["none", "label", "metadata"] = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSource:
    """Files found by globs. ``labels`` already contain the external ones."""

    name: str
    paths: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    labels: Mapping[str, str]
    label_from_stem: str | None = None
    label_from_path: str | None = None
    multiline: Multiline | None = None
    parse: Parse = Parse()
    from_end: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalSource:
    """The systemd journal. ``labels`` already contain the external ones; ``unit`` and ``level`` are added per entry."""

    name: str
    labels: Mapping[str, str]
    units: tuple[str, ...] = ()
    directory: Path | None = None
    from_end: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLimits:
    """A batch leaves when it holds ``max_bytes`` of lines, or ``max_wait_s`` after the one before it."""

    max_bytes: int = 1024 * 1024
    max_wait_s: float = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole configuration file."""

    push_url: str
    tenant: str | None = None
    files: tuple[FileSource, ...] = ()
    journals: tuple[JournalSource, ...] = ()
    batch: BatchLimits = BatchLimits()
    buffer_max_bytes: int = 512 * 1024 * 1024
