"""The SQL statements of the pretend application, and how often each ran."""

from dataclasses import dataclass

from watchkeeper_mocks.flows.flow import Flow
from watchkeeper_mocks.flows.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One SQL statement of the application."""

    operation: str
    table: str
    per_arrival: float
    """How often an ordinary arrival runs it."""
    per_miss: float = 0.0
    """How often a cache look-up that missed runs it (look-ups of all caches taken together as one per arrival)."""
    median_s: float
    rows: int
    query_id: str


STATEMENTS = (
    Statement(
        operation="select",
        table="products",
        per_arrival=0.12,
        per_miss=0.43,
        median_s=0.004,
        rows=20,
        query_id="-7204191043357241806",
    ),
    Statement(
        operation="select",
        table="sessions",
        per_arrival=0.02,
        per_miss=0.87,
        median_s=0.001,
        rows=1,
        query_id="1184230980113240177",
    ),
    Statement(operation="select", table="orders", per_arrival=0.21, median_s=0.006, rows=12, query_id="3309861205517732904"),
    Statement(operation="select", table="users", per_arrival=0.06, median_s=0.002, rows=1, query_id="-455018826610387712"),
    Statement(operation="insert", table="orders", per_arrival=0.08, median_s=0.003, rows=1, query_id="6120045117809361123"),
    Statement(
        operation="insert", table="order_items", per_arrival=0.2, median_s=0.003, rows=1, query_id="-8890122301459900371"
    ),
    Statement(operation="update", table="inventory", per_arrival=0.08, median_s=0.005, rows=2, query_id="2216675490018856213"),
    Statement(operation="insert", table="payments", per_arrival=0.05, median_s=0.003, rows=1, query_id="7741650392286500149"),
    Statement(operation="update", table="orders", per_arrival=0.05, median_s=0.004, rows=1, query_id="-5127736640193305548"),
    Statement(operation="delete", table="sessions", per_arrival=0.01, median_s=0.002, rows=3, query_id="918273645546372819"),
)
SLOW_QUERY_FACTOR = 40.0
"""How many times longer a slow run of a statement takes."""


def runs(snapshot: Snapshot, statement: Statement) -> tuple[float, float]:
    """How often a statement ran fast, and how often slow, since the counters began."""
    fast = statement.per_arrival * snapshot.total(Flow.QUERIES_FAST)
    fast += statement.per_miss * snapshot.total(Flow.MISS_QUERIES_FAST)
    slow = statement.per_arrival * snapshot.total(Flow.QUERIES_SLOW)
    slow += statement.per_miss * snapshot.total(Flow.MISS_QUERIES_SLOW)
    return fast, slow
