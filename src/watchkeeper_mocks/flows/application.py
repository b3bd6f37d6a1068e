"""The pretend application: its routes, caches and queues, and what one arrival does to each. Constants, no behaviour."""

import math
from dataclasses import dataclass
from enum import Enum


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

SPREAD = 0.5
"""Of everything that takes time: the standard deviation of the logarithm of the duration."""
MEAN_OVER_MEDIAN = math.exp(SPREAD**2 / 2)
"""Of a log-normal distribution."""

CACHES = {"products": 0.43, "search": 0.12, "sessions": 0.87}
"""Look-ups per arrival, by the name of the cache."""
MESSAGES_PER_ARRIVAL = {"orders": 0.08, "payments": 0.05, "notifications": 0.1, "audit": 0.3}
"""Messages per arrival, by topic (Kafka) and queue (RabbitMQ)."""
