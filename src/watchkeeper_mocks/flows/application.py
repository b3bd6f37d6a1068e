"""The pretend application: its routes, tables and caches, and what one arrival does to each. Constants, no behaviour."""

from dataclasses import dataclass
from enum import Enum

from watchkeeper_mocks.flows.flow import Flow


class Kind(Enum):
    """Which flows the requests of a route follow."""

    STORED = "stored"
    PAYMENT = "payment"
    LIGHT = "light"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One route of the application; `share` of all arrivals go to it."""

    method: str
    path: str
    kind: Kind
    share: float
    median_s: float
    ok_status: int = 200
    client_error_status: int
    client_error_share: float


ROUTES = (
    Route(
        method="GET", path="/", kind=Kind.LIGHT, share=0.09, median_s=0.008, client_error_status=404, client_error_share=0.01
    ),
    Route(
        method="GET",
        path="/api/health",
        kind=Kind.LIGHT,
        share=0.02,
        median_s=0.002,
        client_error_status=405,
        client_error_share=0.0,
    ),
    Route(
        method="POST",
        path="/api/assistant",
        kind=Kind.LIGHT,
        share=0.02,
        median_s=0.7,
        client_error_status=429,
        client_error_share=0.01,
    ),
    Route(
        method="GET",
        path="/api/products",
        kind=Kind.STORED,
        share=0.27,
        median_s=0.02,
        client_error_status=400,
        client_error_share=0.002,
    ),
    Route(
        method="GET",
        path="/api/products/:id",
        kind=Kind.STORED,
        share=0.16,
        median_s=0.015,
        client_error_status=404,
        client_error_share=0.02,
    ),
    Route(
        method="GET",
        path="/api/search",
        kind=Kind.STORED,
        share=0.12,
        median_s=0.06,
        client_error_status=400,
        client_error_share=0.01,
    ),
    Route(
        method="POST",
        path="/api/login",
        kind=Kind.STORED,
        share=0.06,
        median_s=0.09,
        client_error_status=401,
        client_error_share=0.06,
    ),
    Route(
        method="GET",
        path="/api/orders",
        kind=Kind.STORED,
        share=0.13,
        median_s=0.035,
        client_error_status=403,
        client_error_share=0.005,
    ),
    Route(
        method="POST",
        path="/api/orders",
        kind=Kind.STORED,
        share=0.08,
        median_s=0.055,
        ok_status=201,
        client_error_status=422,
        client_error_share=0.02,
    ),
    Route(
        method="POST",
        path="/api/payments",
        kind=Kind.PAYMENT,
        share=0.05,
        median_s=0.18,
        ok_status=201,
        client_error_status=422,
        client_error_share=0.01,
    ),
)
LOGIN_PATH = "/api/login"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """The flows of one kind of route; None where the outcome cannot happen."""

    fast: Flow
    slow: Flow
    failed: Flow
    refused: Flow | None = None
    declined: Flow | None = None


OUTCOMES = {
    Kind.STORED: Outcomes(fast=Flow.STORED_FAST, slow=Flow.STORED_SLOW, failed=Flow.STORED_FAILED, refused=Flow.STORED_REFUSED),
    Kind.PAYMENT: Outcomes(
        fast=Flow.PAYMENT_FAST,
        slow=Flow.PAYMENT_SLOW,
        failed=Flow.PAYMENT_FAILED,
        refused=Flow.PAYMENT_REFUSED,
        declined=Flow.PAYMENT_DECLINED,
    ),
    Kind.LIGHT: Outcomes(fast=Flow.LIGHT_FAST, slow=Flow.LIGHT_SLOW, failed=Flow.LIGHT_FAILED),
}

# A slow request waits for something: it takes many times its median, and never less than this.
SLOW_FACTOR = 12.0
SLOW_FLOOR_S = 0.6
SPREAD = 0.5
CLIENT_ERROR_FACTOR = 0.4
FAILED_FACTOR = 1.5
REFUSED_MEDIAN_S = 1.2
DECLINED_FACTOR = 0.8


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

CACHES = {"products": 0.43, "search": 0.12, "sessions": 0.87}
"""Look-ups per arrival, by the name of the cache."""
MESSAGES_PER_ARRIVAL = {"orders": 0.08, "payments": 0.05, "notifications": 0.1, "audit": 0.3}
"""Messages per arrival, by topic (Kafka) and queue (RabbitMQ)."""
