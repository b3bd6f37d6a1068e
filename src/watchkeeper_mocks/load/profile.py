"""The load of one organisation: day and week seasonality in its own time zone, and seeded noise on top."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime

from watchkeeper_mocks.load.curve import Curve

HOUR_S = 3600.0
MONDAY_S = datetime(2026, 1, 5, tzinfo=UTC).timestamp()
"""A Monday 00:00 UTC: where the tables of weeks and noise begin. Also the default moment from which counters count."""

# Relative load per local hour of a working day: quiet nights, a rise from 6, a lunch dip, an evening tail.
_WORKING_DAY = (
    *(0.38, 0.34, 0.32, 0.31, 0.33, 0.40, 0.55, 0.78, 1.10, 1.40, 1.55, 1.55),
    *(1.40, 1.50, 1.58, 1.55, 1.45, 1.30, 1.12, 1.00, 0.92, 0.78, 0.60, 0.46),
)
_WEEKEND_SHARE = 0.6

# Two layers of noise with unrelated periods, so that the sum does not repeat within weeks: (knots, seconds between them).
_NOISE_LAYERS = ((997, 41.0), (389, 293.0))
# The lowest point of a week is 0.31 · 0.6 / mean ≈ 0.22 of its mean: more noise than that could make a rate negative.
MAX_NOISE_RATIO = 0.2


def weekly_shape(*, seasonal: bool) -> tuple[float, ...]:
    """168 hourly heights from Monday 00:00 local time with a mean of exactly 1 (up to rounding); all 1 if not seasonal."""
    if not seasonal:
        return (1.0,) * 168
    hours = _WORKING_DAY * 5 + tuple(height * _WEEKEND_SHARE for height in _WORKING_DAY) * 2
    mean = sum(hours) / len(hours)
    return tuple(height / mean for height in hours)


def noise(seed: str, *, knots: int) -> tuple[float, ...]:
    """`knots` heights within -1 … 1 whose mean is 0, the same for the same seed on every machine and Python."""
    # Not for security: the same seed must give the same noise for ever (random.Random(str) promises that).
    source = random.Random(seed)  # noqa: S311
    heights = [source.uniform(-1.0, 1.0) for _ in range(knots)]
    mean = sum(heights) / knots
    largest = max(abs(height - mean) for height in heights)
    return tuple((height - mean) / largest for height in heights)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The arrivals of one organisation. Times are Unix seconds."""

    scale_per_s: float
    """The mean rate."""
    week: Curve
    utc_offset_s: float
    noise_layers: tuple[tuple[float, Curve], ...]
    """Amplitude (a share of the mean rate) and shape of each layer."""

    def rate(self, at_s: float) -> float:
        """Arrivals per second at a moment; never negative."""
        since_monday_s = at_s - MONDAY_S
        height = self.week.value(since_monday_s + self.utc_offset_s)
        for amplitude, layer in self.noise_layers:
            height += amplitude * layer.value(since_monday_s)
        return max(0.0, self.scale_per_s * height)

    def arrived(self, at_s: float) -> float:
        """The exact integral of `rate`, from a moment of its own choosing: only differences mean something."""
        since_monday_s = at_s - MONDAY_S
        area = self.week.integral(since_monday_s + self.utc_offset_s)
        for amplitude, layer in self.noise_layers:
            area += amplitude * layer.integral(since_monday_s)
        return self.scale_per_s * area


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """What all organisations share: the shape of the week and how noisy it is."""

    seasonal: bool
    noise_ratio: float
    """Largest deviation of the noise as a share of the mean rate, 0 … MAX_NOISE_RATIO."""


def build_load(season: Season, *, seed: str, scale_per_s: float, utc_offset_h: float) -> Load:
    """The load of one organisation; different seeds give the same season with different noise."""
    layers: list[tuple[float, Curve]] = []
    if season.noise_ratio > 0:
        # The quick layer carries most of the movement; both together stay within the ratio.
        for share, (knots, step_s) in zip((0.65, 0.35), _NOISE_LAYERS, strict=True):
            layers.append((share * season.noise_ratio, Curve(noise(f"{seed}/{knots}", knots=knots), step_s)))
    return Load(
        scale_per_s=scale_per_s,
        week=Curve(weekly_shape(seasonal=season.seasonal), HOUR_S),
        utc_offset_s=utc_offset_h * HOUR_S,
        noise_layers=tuple(layers),
    )
