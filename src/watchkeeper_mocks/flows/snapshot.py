"""All that an exporter needs to know about one moment. Read-only for exporters; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from watchkeeper_mocks.flows.conditions import Conditions
from watchkeeper_mocks.flows.flow import Flow
from watchkeeper_mocks.flows.ledger import Totals
from watchkeeper_mocks.load.curve import Curve


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The pretend application at one moment."""

    at_s: float
    epoch_s: float
    """When the counters were 0."""
    organisations: tuple[str, ...]
    totals: Totals
    rates: Sequence[Sequence[float]]
    """Per organisation, per flow, per second."""
    conditions: Conditions
    wobble: Curve
    """Noise within -1 … 1 for gauges that follow no flow."""
    mean_arrivals_by_organisation: tuple[float, ...]
    """Arrivals per second in the long run."""

    def total(self, flow: Flow) -> float:
        """What has flowed since the epoch, over all organisations."""
        return sum(flows[flow] for flows in self.totals.by_organisation)

    def rate(self, flow: Flow) -> float:
        """What flows per second now, over all organisations."""
        return sum(flows[flow] for flows in self.rates)

    def total_of(self, organisation: int, flow: Flow) -> float:
        """What has flowed since the epoch for one organisation, by its position."""
        return self.totals.by_organisation[organisation][flow]

    def rate_of(self, organisation: int, flow: Flow) -> float:
        """What flows per second now for one organisation, by its position."""
        return self.rates[organisation][flow]

    @property
    def busy(self) -> float:
        """How busy the application is: arrivals now as a multiple of their long-term mean."""
        return self.rate(Flow.ARRIVALS) / sum(self.mean_arrivals_by_organisation)

    @property
    def age_s(self) -> float:
        """Seconds since the counters were 0."""
        return self.at_s - self.epoch_s

    def wobbled(self, value: float, *, share: float, phase_s: float) -> float:
        """`value` give or take `share` of it; gauges with different phases move independently."""
        return value * (1.0 + share * self.wobble.value(self.at_s - self.epoch_s + phase_s))
