"""The pretend world: it knows the time, the organisations and the incidents, and takes snapshots for the exporters."""

import hashlib
import threading
from collections.abc import Callable, Sequence

from watchkeeper_mocks.configuration import Configuration
from watchkeeper_mocks.exporters.registry import EXPORTERS
from watchkeeper_mocks.exposition import Page
from watchkeeper_mocks.flows.conditions import conditions_at
from watchkeeper_mocks.flows.flow import Flow
from watchkeeper_mocks.flows.ledger import Ledger, Organisation, Totals, settling_moment
from watchkeeper_mocks.flows.snapshot import Snapshot
from watchkeeper_mocks.incidents.record import Incident
from watchkeeper_mocks.incidents.register import Register, Settled, build_incident
from watchkeeper_mocks.load.curve import Curve
from watchkeeper_mocks.load.profile import MAX_NOISE_RATIO, Season, build_load, noise

REMEMBERED_S = 3600.0
"""How long after its end an incident is still integrated anew after a restart."""
FORESIGHT_S = 366 * 86400.0
_WOBBLE_KNOTS = 499
_WOBBLE_STEP_S = 67.0


class OutOfSight(Exception):
    """A moment before the counters began or the incidents still remembered, or far in the future."""


class World:
    """Thread-safe. `clock` gives Unix seconds."""

    def __init__(self, configuration: Configuration, register: Register, *, clock: Callable[[], float]) -> None:
        self._configuration = configuration
        self._register = register
        self._clock = clock
        self._lock = threading.Lock()
        self.organisations = build_organisations(configuration)
        self._wobble = Curve(noise(f"{configuration.seed}/gauges", knots=_WOBBLE_KNOTS), _WOBBLE_STEP_S)
        self._fingerprint = fingerprint(configuration)
        settled = register.settled
        if settled is not None and settled.fingerprint != self._fingerprint:
            register.forget_settled()
            settled = None
        self._ledger = Ledger(
            self.organisations,
            epoch_s=configuration.counters_from_s,
            settled=_totals(settled) if settled else None,
        )
        self._settle(self.now_s())

    @property
    def register(self) -> Register:
        """The incidents."""
        return self._register

    def now_s(self) -> float:
        """The time of this world, in whole milliseconds: counters differ measurably from one to the next."""
        return round(self._clock(), 3)

    def snapshot(self, at_s: float | None = None) -> Snapshot:
        """The world now, or at `at_s`. Raises OutOfSight."""
        with self._lock:
            # The clock is read under the lock: later answers never show an earlier moment.
            now_s = self.now_s()
            moment_s = now_s if at_s is None else at_s
            if not self._ledger.known_from_s <= moment_s <= now_s + FORESIGHT_S:
                raise OutOfSight(
                    f"cannot look at {moment_s:.3f}; it must be between {self._ledger.known_from_s:.3f}"
                    f" and {now_s + FORESIGHT_S:.3f} (Unix seconds)"
                )
            incidents = self._register.incidents
            totals = self._ledger.totals(moment_s, incidents, remember=moment_s <= now_s)
            conditions = conditions_at(moment_s, incidents)
            rates = self._ledger.rates(moment_s, conditions)
        return Snapshot(
            at_s=moment_s,
            epoch_s=self._configuration.counters_from_s,
            organisations=tuple(organisation.name for organisation in self.organisations),
            totals=totals,
            rates=rates,
            conditions=conditions,
            wobble=self._wobble,
            mean_arrivals_by_organisation=tuple(organisation.load.scale_per_s for organisation in self.organisations),
        )

    def page(self, exporter: str, path: str, at_s: float | None = None) -> str | None:
        """What an exporter shows, or None if there is no such (enabled) exporter or path. Raises OutOfSight."""
        writer = EXPORTERS.get(exporter, {}).get(path)
        if writer is None or exporter not in self._configuration.exporters:
            return None
        page = Page()
        writer(page, self.snapshot(at_s))
        return page.text()

    def exporters(self) -> frozenset[str]:
        """The enabled ones."""
        return self._configuration.exporters

    def paths(self) -> list[str]:
        """Every path of every enabled exporter, sorted."""
        return [
            f"/exporters/{exporter}/{path}"
            for exporter, paths in sorted(EXPORTERS.items())
            if exporter in self._configuration.exporters
            for path in paths
        ]

    def start_incident(self, name: str, *, duration_s: float, intensity: float) -> Incident:
        """Start an incident and keep it in mind. Raises IncidentRefused."""
        with self._lock:
            now_s = self.now_s()
            incident = build_incident(name, now_s=now_s, duration_s=duration_s, intensity=intensity)
            self._settle(now_s)
            return self._register.start(incident, now_s=now_s)

    def stop_incident(self, name: str) -> tuple[Incident, ...]:
        """Let an incident recover early. Raises IncidentRefused."""
        with self._lock:
            return self._register.stop(name, now_s=self.now_s())

    def _settle(self, now_s: float) -> None:
        """Turn incidents that are long over into totals, so that neither the file nor a restart grows with their number."""
        settled_s = settling_moment(now_s - REMEMBERED_S, self._register.incidents)
        if settled_s is None or settled_s <= self._ledger.known_from_s:
            return
        totals = self._ledger.settle(settled_s, self._register.incidents)
        self._register.settle(
            Settled(
                fingerprint=self._fingerprint,
                at_s=totals.at_s,
                by_organisation=tuple(tuple(total.hex() for total in flows) for flows in totals.by_organisation),
                backlog=totals.backlog.hex(),
            )
        )


def build_organisations(configuration: Configuration) -> Sequence[Organisation]:
    """The organisations with their loads; together they send the configured mean rate."""
    season = Season(seasonal=configuration.seasonal, noise_ratio=configuration.noise_ratio)
    rare = Season(seasonal=configuration.seasonal, noise_ratio=min(MAX_NOISE_RATIO, 2 * configuration.noise_ratio))
    weights = sum(organisation.weight for organisation in configuration.organisations)
    built = []
    for organisation in configuration.organisations:
        scale_per_s = configuration.requests_per_s * organisation.weight / weights
        seed = f"{configuration.seed}/{organisation.name}"
        built.append(
            Organisation(
                name=organisation.name,
                load=build_load(season, seed=seed, scale_per_s=scale_per_s, utc_offset_h=organisation.utc_offset_h),
                rare_load=build_load(
                    rare, seed=f"{seed}/rare", scale_per_s=scale_per_s, utc_offset_h=organisation.utc_offset_h
                ),
            )
        )
    return tuple(built)


def fingerprint(configuration: Configuration) -> str:
    """A digest of everything that totals depend on besides time and incidents, the number of flows included."""
    parts = (
        configuration.seed,
        configuration.counters_from_s,
        configuration.seasonal,
        configuration.noise_ratio,
        configuration.requests_per_s,
        configuration.organisations,
        len(Flow),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _totals(settled: Settled) -> Totals:
    return Totals(
        at_s=settled.at_s,
        by_organisation=[[float.fromhex(total) for total in flows] for flows in settled.by_organisation],
        backlog=float.fromhex(settled.backlog),
    )
