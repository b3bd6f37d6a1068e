"""What standing before an application takes: shared by all kinds of servers."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from opentelemetry.trace import Tracer

from watchkeeper_instrument.health import Health
from watchkeeper_instrument.metrics import Metrics
from watchkeeper_instrument.settings import Settings

OrganisationOf: TypeAlias = Callable[[MutableMapping[str, Any]], str]
"""Tells from a scope or an environ for whom a request is; "" where nobody can tell."""
FAILED = 500
"""What a server answers for an application that raised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """The parts of one instrumented application."""

    settings: Settings
    metrics: Metrics
    health: Health
    tracer: Tracer
    organisation: OrganisationOf | None = None
