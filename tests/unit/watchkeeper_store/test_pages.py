"""The reference pages name every route and every limit."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from watchkeeper_store.api.application import PATTERNS, ROUTES
from watchkeeper_store.model.limits import SERVICE_NAME_SOURCES, Limits
from watchkeeper_store.model.quantities import parse_duration_s, parse_size_bytes

OF_TRACES = {f"watchkeeper_store.api.{room}" for room in ("traces", "jaeger", "tempo", "spans")}
PAGES = Path(__file__).parents[3] / "docs" / "reference"


def routes_of_logs() -> list[str]:
    """All but those of traces, which have a page of their own."""
    handlers = [*((route, handler) for route, (_, handler) in ROUTES.items()), *((one[1], one[2]) for one in PATTERNS)]
    return [route for route, handler in handlers if handler.__module__ not in OF_TRACES]


@pytest.mark.parametrize("route", routes_of_logs())
def test_every_route_is_described(route: str) -> None:
    page = (PAGES / "store-api.md").read_text()
    assert f"`{route}`" in page


@pytest.mark.parametrize("limit", [field.name for field in fields(Limits)])
def test_every_limit_is_described_with_its_default(limit: str) -> None:
    page = (PAGES / "store.md").read_text()
    default = getattr(Limits(), limit)
    if default == SERVICE_NAME_SOURCES:
        assert f"`{limit}` (Loki's list)" in page
        return
    found = re.search(rf"`{limit}` (?:and `\w+` )?(?:are )?(\w+)", page)
    assert found is not None
    text = found[1]
    if isinstance(default, bool):
        assert text == str(default).lower()
    elif isinstance(default, int):
        assert parse_size_bytes(text) == default
    else:
        assert parse_duration_s(text) == default
