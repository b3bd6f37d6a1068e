"""The running totals of every flow, as a pure function of time and of the incidents there were.

Between incidents a total is a weight times an exact integral. While an incident lasts the weights change, and the time is
walked in steps of the grid, each with the weights of its middle. Every term is ≥ 0 and terms are only ever added at the
end and always in the same order, so a total never falls and is the same to the last bit after a restart.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from watchkeeper_mocks.flows.conditions import Conditions, conditions_at
from watchkeeper_mocks.flows.flow import BACKLOG_DRAIN_S, BACKLOG_SHARE, CALM_WEIGHTS, Flow, Weights, weights
from watchkeeper_mocks.incidents.record import STEP_S, Incident, previous_step, windows
from watchkeeper_mocks.load.profile import Load

_REMEMBERED_POSITIONS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """A customer of the pretend application."""

    name: str
    load: Load
    rare_load: Load
    """The same season with noise of its own, for what is rare on ordinary days."""


@dataclass(slots=True, kw_only=True)
class Totals:
    """What has flowed from the epoch to a moment (Unix seconds)."""

    at_s: float
    by_organisation: list[list[float]]
    """Per organisation, in the order they were given, one total per Flow."""
    backlog: float
    """Messages waiting because consumers are too slow."""

    def copy(self) -> "Totals":
        """Totals that can be added to without changing these."""
        return Totals(at_s=self.at_s, by_organisation=[list(flows) for flows in self.by_organisation], backlog=self.backlog)


class Ledger:
    """Walks from the last known totals to the moment asked for. Not thread-safe: the caller serialises."""

    def __init__(self, organisations: Sequence[Organisation], *, epoch_s: float, settled: Totals | None = None) -> None:
        self._organisations = tuple(organisations)
        self._settled = settled or Totals(
            at_s=epoch_s, by_organisation=[[0.0] * len(Flow) for _ in self._organisations], backlog=0.0
        )
        # Newest last. Several, because the log generator asks for whole seconds, a little behind the scrapes.
        self._memos = deque([self._settled], maxlen=_REMEMBERED_POSITIONS)

    @property
    def known_from_s(self) -> float:
        """The earliest moment that can be asked for."""
        return self._settled.at_s

    def totals(self, at_s: float, incidents: Sequence[Incident], *, remember: bool = True) -> Totals:
        """The totals at a moment not before `known_from_s`.

        `remember` keeps how far the walk came, so that the next one is short. Only right for moments that are not in the
        future: an incident that starts later must not find its time already walked.
        """
        start = next((memo for memo in reversed(self._memos) if memo.at_s <= at_s), self._settled)
        walked = start.copy()
        ahead = [window for window in windows(incidents) if window.ends_s > walked.at_s]
        for window in ahead:
            if window.starts_s >= at_s:
                break
            if walked.at_s < window.starts_s:
                self._walk_calm(walked, window.starts_s)
            while walked.at_s < window.ends_s and walked.at_s + STEP_S <= at_s:
                self._walk_step(walked, walked.at_s + STEP_S, incidents)
        if remember and walked.at_s > self._memos[-1].at_s:
            self._memos.append(walked.copy())
        if any(window.starts_s <= walked.at_s < window.ends_s for window in ahead):
            self._walk_step(walked, at_s, incidents)
        else:
            self._walk_calm(walked, at_s)
        return walked

    def rates(self, at_s: float, conditions: Conditions) -> list[list[float]]:
        """Per organisation and flow, how much flows per second at a moment."""
        now = weights(conditions)
        return [
            _flows(
                now,
                arrivals=organisation.load.rate(at_s),
                rare_arrivals=organisation.rare_load.rate(at_s),
                seconds=1.0 / len(self._organisations),
            )
            for organisation in self._organisations
        ]

    def settle(self, at_s: float, incidents: Sequence[Incident]) -> Totals:
        """Make `at_s` the new start of all knowledge; incidents over by then may be forgotten afterwards."""
        self._settled = self.totals(at_s, incidents, remember=False)
        self._memos = deque([self._settled], maxlen=_REMEMBERED_POSITIONS)
        return self._settled

    def _walk_calm(self, totals: Totals, until_s: float) -> None:
        """Add what flows from totals.at_s to until_s with no incident about."""
        self._add(totals, until_s, CALM_WEIGHTS)
        totals.backlog *= math.exp(-(until_s - totals.at_s) / BACKLOG_DRAIN_S)
        totals.at_s = until_s

    def _walk_step(self, totals: Totals, until_s: float, incidents: Sequence[Incident]) -> None:
        """Add one step of the grid, or its beginning: the weights are those of the whole step's middle either way."""
        conditions = conditions_at(totals.at_s + STEP_S / 2, incidents)
        produced = self._add(totals, until_s, weights(conditions))
        stuck = min(1.0, conditions.queue_backlog)
        drained = math.exp(-(until_s - totals.at_s) * (1.0 - stuck) / BACKLOG_DRAIN_S)
        totals.backlog = totals.backlog * drained + BACKLOG_SHARE * stuck * produced
        totals.at_s = until_s

    def _add(self, totals: Totals, until_s: float, per_drive: Weights) -> float:
        """Add the flows from totals.at_s to until_s; returns how many messages were among them."""
        messages = 0.0
        start_s = totals.at_s
        for position, organisation in enumerate(self._organisations):
            added = _flows(
                per_drive,
                arrivals=max(0.0, organisation.load.arrived(until_s) - organisation.load.arrived(start_s)),
                rare_arrivals=max(0.0, organisation.rare_load.arrived(until_s) - organisation.rare_load.arrived(start_s)),
                seconds=(until_s - start_s) / len(self._organisations),
            )
            messages += added[Flow.MESSAGES]
            flows = totals.by_organisation[position]
            totals.by_organisation[position] = [old + new for old, new in zip(flows, added, strict=True)]
        return messages


def _flows(per_drive: Weights, *, arrivals: float, rare_arrivals: float, seconds: float) -> list[float]:
    """What each flow gets from so much of what drives it."""
    return [
        per_arrival * arrivals + per_rare_arrival * rare_arrivals + per_second * seconds
        for per_arrival, per_rare_arrival, per_second in zip(
            per_drive.per_arrival, per_drive.per_rare_arrival, per_drive.per_second, strict=True
        )
    ]


def settling_moment(before_s: float, incidents: Sequence[Incident]) -> float | None:
    """The last moment before `before_s` that totals can be settled at without a change to the last bit, or None.

    That is the end of a window or of a step in one. A moment between windows would cut an integral in two, and the sum of
    the two may differ from the whole by a rounding error, which is enough to make a counter fall by one.
    """
    begun = [window for window in windows(incidents) if window.starts_s < before_s]
    return min(begun[-1].ends_s, previous_step(before_s)) if begun else None
