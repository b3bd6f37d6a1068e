"""What the tests of the mocks play on: a world with a clock of their own, and pages taken apart."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from watchkeeper_mocks.configuration import Configuration, OrganisationSettings
from watchkeeper_mocks.exporters.registry import EXPORTERS
from watchkeeper_mocks.incidents.register import Register
from watchkeeper_mocks.load.profile import MONDAY_S
from watchkeeper_mocks.world import World

Series = dict[tuple[str, tuple[tuple[str, str], ...]], float]
"""(sample name, sorted labels) → value."""

FLAT = Configuration(
    requests_per_s=10.0,
    seasonal=False,
    noise_ratio=0.0,
    organisations=(OrganisationSettings(name="acme", weight=1.0, utc_offset_h=0.0),),
)
"""Ten arrivals each second, for ever: what follows from it can be worked out by hand."""
BUSY = replace(Configuration(), requests_per_s=500.0)
"""The defaults, but with so much traffic that each flow shows within minutes."""


class Clock:
    """A clock that stands still until it is told to move."""

    def __init__(self, now_s: float) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s


def a_world(
    configuration: Configuration = FLAT, *, after_s: float = 0.0, folder: Path | None = None, clock: Clock | None = None
) -> tuple[World, Clock]:
    """A world whose clock stands `after_s` seconds after the moment from which counters count."""
    clock = clock or Clock(MONDAY_S + after_s)
    folder = folder or Path(tempfile.mkdtemp())
    return World(configuration, Register(folder / "incidents.json"), clock=clock), clock


def pages(world: World, at_s: float | None = None) -> dict[tuple[str, str], str]:
    """(exporter, path) → its page, for every path of every exporter."""
    result = {}
    for exporter, paths in EXPORTERS.items():
        for path in paths:
            text = world.page(exporter, path, at_s)
            assert text is not None
            result[exporter, path] = text
    return result


def series(text: str) -> Series:
    """The samples of a page, read by the client library's parser."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(text: str, name: str, **labels: str) -> float:
    """The one sample with exactly these labels."""
    return series(text)[name, tuple(sorted(labels.items()))]


def total(text: str, name: str, **labels: str) -> float:
    """The sum of the samples that have at least these labels."""
    wanted = set(labels.items())
    found = [number for (sample, have), number in series(text).items() if sample == name and wanted <= set(have)]
    assert found, f"no sample of {name} with {labels}"
    return sum(found)


def page(world: World, exporter: str, at_s: float | None = None) -> str:
    """The main page of an exporter."""
    text = world.page(exporter, "metrics", at_s)
    assert text is not None
    return text
