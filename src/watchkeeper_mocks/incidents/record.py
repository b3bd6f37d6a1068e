"""One incident under way or over: how strongly it is felt at a moment. Pure; times are Unix seconds."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

# Incidents start and are cut short on this grid, which is also the step in which counters are integrated while an incident
# lasts. A change therefore never reaches back into a step that was already scraped, and no counter can go down.
STEP_S = 5.0
MIN_DURATION_S = 10.0
MAX_DURATION_S = 24 * 3600.0


def next_step(at_s: float) -> float:
    """The first moment of the grid that is not before `at_s`."""
    return math.ceil(at_s / STEP_S) * STEP_S


def previous_step(at_s: float) -> float:
    """The last moment of the grid that is not after `at_s`."""
    return math.floor(at_s / STEP_S) * STEP_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Rises to its full strength over `ramp_s`, holds it, and falls back over `ramp_s` until `ends_s`."""

    name: str
    starts_s: float
    """On the grid."""
    ends_s: float
    ramp_s: float
    intensity: float
    """1 is the incident as the catalogue describes it."""

    def strength(self, at_s: float) -> float:
        """0 outside the incident, `intensity` at its height."""
        rise = (at_s - self.starts_s) / self.ramp_s
        fall = (self.ends_s - at_s) / self.ramp_s
        return self.intensity * max(0.0, min(1.0, rise, fall))

    def is_over(self, at_s: float) -> bool:
        """Whether nothing of it is left to feel."""
        return at_s >= self.ends_s

    def cut_short(self, at_s: float) -> "Incident":
        """The same incident, recovering from the next step of the grid on; what it did before is untouched."""
        recovery_starts_s = max(next_step(at_s), self.starts_s)
        level = self.strength(recovery_starts_s) / self.intensity
        return replace(self, ends_s=min(self.ends_s, recovery_starts_s + level * self.ramp_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A span on the grid in which at least one incident is felt."""

    starts_s: float
    ends_s: float


def windows(incidents: Iterable[Incident]) -> tuple[Window, ...]:
    """The spans covered by any of the incidents, in order; those that overlap or touch are one."""
    merged: list[Window] = []
    for incident in sorted(incidents, key=lambda incident: incident.starts_s):
        ends_s = next_step(incident.ends_s)
        if merged and incident.starts_s <= merged[-1].ends_s:
            merged[-1] = replace(merged[-1], ends_s=max(merged[-1].ends_s, ends_s))
        elif ends_s > incident.starts_s:
            merged.append(Window(starts_s=incident.starts_s, ends_s=ends_s))
    return tuple(merged)
