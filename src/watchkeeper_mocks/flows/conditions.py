"""What the pretend application suffers from at one moment: the strength of every incident. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

from watchkeeper_mocks.incidents.record import Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """Strength per incident, 0 when it is not felt; the fields are the names in the catalogue."""

    ai_cost_spike: float = 0.0
    backup_overdue: float = 0.0
    broker_degraded: float = 0.0
    cache_cold: float = 0.0
    certificate_expiring: float = 0.0
    connection_exhaustion: float = 0.0
    container_crash_loop: float = 0.0
    conversion_drop: float = 0.0
    cpu_saturation: float = 0.0
    database_down: float = 0.0
    disk_filling: float = 0.0
    error_burst: float = 0.0
    latency_spike: float = 0.0
    login_attack: float = 0.0
    memory_leak: float = 0.0
    payment_failures: float = 0.0
    queue_backlog: float = 0.0
    slow_queries: float = 0.0
    traffic_surge: float = 0.0


INCIDENT_NAMES = tuple(field.name for field in fields(Conditions))
CALM = Conditions()


def conditions_at(at_s: float, incidents: Iterable[Incident]) -> Conditions:
    """The conditions at a moment; of several incidents of one name the strongest counts."""
    strengths: dict[str, float] = {}
    for incident in incidents:
        strength = incident.strength(at_s)
        if strength > strengths.get(incident.name, 0.0):
            strengths[incident.name] = strength
    return Conditions(**strengths) if strengths else CALM
