"""The incidents under way and over, kept in a file so that a restart knows them. Thread-safe."""

import json
import os
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from watchkeeper_mocks.incidents.catalogue import KNOWN, KnownIncident
from watchkeeper_mocks.incidents.record import MAX_DURATION_S, MIN_DURATION_S, Incident, next_step

MIN_RAMP_S = 5.0
MAX_INTENSITY = 3.0
DEFAULT_DURATION_S = 300.0


class IncidentRefused(Exception):
    """An incident that cannot be started or stopped; the message says why and what to do."""

    def __init__(self, message: str, *, known: bool = True) -> None:
        super().__init__(message)
        self.known = known
        """Whether the incident's name is in the catalogue."""


class MemoryRefused(Exception):
    """The file of incidents cannot be written, or is not what this program wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Totals of the flows at a moment before which all incidents may be forgotten; numbers as exact hexadecimal text."""

    fingerprint: str
    """Of the configuration the totals were counted under; under another one they mean nothing."""
    at_s: float
    by_organisation: tuple[tuple[str, ...], ...]
    backlog: str


def build_incident(name: str, *, now_s: float, duration_s: float, intensity: float) -> Incident:
    """An incident that starts at the next step of the grid. Raises IncidentRefused on unknown names and odd numbers."""
    known = _known(name)
    if not MIN_DURATION_S <= duration_s <= MAX_DURATION_S:
        raise IncidentRefused(
            f"cannot run {name} for {duration_s:g} s; duration_s must be between {MIN_DURATION_S:g} and {MAX_DURATION_S:g}"
        )
    if not 0 < intensity <= MAX_INTENSITY:
        raise IncidentRefused(f"cannot run {name} at intensity {intensity:g}; it must be above 0 and at most {MAX_INTENSITY:g}")
    starts_s = next_step(now_s)
    ramp_s = max(MIN_RAMP_S, min(known.max_ramp_s, duration_s * known.ramp_share))
    return Incident(name=name, starts_s=starts_s, ends_s=starts_s + duration_s, ramp_s=ramp_s, intensity=intensity)


def _known(name: str) -> KnownIncident:
    try:
        return KNOWN[name]
    except KeyError:
        raise IncidentRefused(
            f"cannot find an incident called {name!r}; known are {', '.join(sorted(KNOWN))}", known=False
        ) from None


class Register:
    """All incidents that still matter to the counters. `path` is written before a change takes effect, else MemoryRefused."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._incidents: tuple[Incident, ...] = ()
        self._settled: Settled | None = None
        if path.exists():
            self._incidents, self._settled = _parse(path)

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """Oldest first; an immutable snapshot."""
        return self._incidents

    @property
    def settled(self) -> Settled | None:
        """What is left of the incidents that were forgotten."""
        return self._settled

    def start(self, incident: Incident, *, now_s: float) -> Incident:
        """Add an incident; one of the same name that is under way recovers as the new one rises."""
        with self._lock:
            others = tuple(
                other.cut_short(now_s) if other.name == incident.name and not other.is_over(now_s) else other
                for other in self._incidents
            )
            self._replace((*others, incident), self._settled)
        return incident

    def stop(self, name: str, *, now_s: float) -> tuple[Incident, ...]:
        """Let the incidents of this name recover from now on. Raises IncidentRefused if there is none under way."""
        _known(name)
        with self._lock:
            under_way = [other for other in self._incidents if other.name == name and not other.is_over(now_s)]
            if not under_way:
                raise IncidentRefused(f"cannot stop {name}: it is not under way")
            changed = {id(other): other.cut_short(now_s) for other in under_way}
            self._replace(tuple(changed.get(id(other), other) for other in self._incidents), self._settled)
            return tuple(changed.values())

    def settle(self, settled: Settled) -> None:
        """Forget the incidents that were over when `settled` was counted, in favour of the totals in it."""
        with self._lock:
            self._replace(tuple(other for other in self._incidents if not other.is_over(settled.at_s)), settled)

    def forget_settled(self) -> None:
        """Drop totals that were counted under another configuration."""
        with self._lock:
            self._replace(self._incidents, None)

    def _replace(self, incidents: tuple[Incident, ...], settled: Settled | None) -> None:
        content = {
            "version": 1,
            "incidents": [asdict(incident) for incident in incidents],
            "settled": asdict(settled) if settled else None,
        }
        temporary = self._path.with_suffix(".new")
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(content, file)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self._path)
        except OSError as error:
            raise MemoryRefused(f"cannot keep incidents in {self._path}: {error.strerror}") from error
        self._incidents, self._settled = incidents, settled


def _parse(path: Path) -> tuple[tuple[Incident, ...], Settled | None]:
    try:
        content: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        # An incident that a newer version knew is dropped: nothing here could play it.
        incidents = tuple(Incident(**entry) for entry in content["incidents"] if entry["name"] in KNOWN)
        raw = content["settled"]
        settled = None
        if raw is not None:
            totals = tuple(tuple(flows) for flows in raw["by_organisation"])
            settled = Settled(**{**raw, "by_organisation": totals})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MemoryRefused(f"cannot read {path}: {error}; move the file away to start without incidents") from error
    return incidents, settled
