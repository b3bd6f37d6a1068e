"""Series that exist only when something has happened, as listed with reasons in ``catalogue/<component>/seldom.yaml``.

A rule about such a series looks like a rule with a typo. The list says which is which, and is itself checked: an entry that no
query names is refused, so that it cannot outlive its rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

import yaml

from watchkeeper.catalogue.registry import CATALOGUE

FILE = "seldom.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeldomSeries:
    """``series``: a metric, or one with conditions that no series satisfies until something happens. ``place``: its file."""

    series: str
    because: str
    place: str


def seldom_series() -> Iterator[SeldomSeries]:
    """Every entry of every component, sorted by component and in the order of the file."""
    for name in sorted(CATALOGUE):
        file = files("watchkeeper.catalogue") / name / FILE
        if file.is_file():
            for entry in yaml.safe_load(file.read_text("utf-8")):
                yield SeldomSeries(series=entry["series"], because=entry["because"], place=f"catalogue/{name}/{FILE}")
