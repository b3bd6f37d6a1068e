"""Every dashboard that the catalogue has, whatever a description enables: for the reference page and for checks."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from watchkeeper.catalogue.registry import CATALOGUE
from watchkeeper.dashboards.model import Dashboard


def every_dashboard() -> tuple[tuple[str, Dashboard], ...]:
    """(component, dashboard), sorted by the dashboard's uid."""
    found = []
    for name in CATALOGUE:
        module = f"watchkeeper.catalogue.{name}.dashboards"
        if find_spec(module):
            found += [(name, dashboard) for dashboard in import_module(module).DASHBOARDS]
    return tuple(sorted(found, key=lambda pair: pair[1].uid))
