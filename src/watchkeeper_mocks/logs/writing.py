"""Which lines the pretend services write in one second: samples of the requests that the metrics count. Pure and seeded."""

import math
import random
from collections.abc import Iterator

from watchkeeper_mocks.flows.application import LOGIN_PATH, SPREAD, Kind
from watchkeeper_mocks.flows.flow import Flow
from watchkeeper_mocks.flows.requests import REQUESTS, Part, Requests
from watchkeeper_mocks.flows.snapshot import Snapshot
from watchkeeper_mocks.logs.line import Fields, Line

LINES_PER_REQUEST = 2.1
"""In the long run: each request is a line of web, most are one of api, some are one of payment or worker too."""
QUIET_SHARE = 0.5
"""Of the lines, so many come at a steady pace: a quiet night should not look like a broken shipper."""
MAX_GROWTH = 4.0
"""A surge writes at most this many times the usual lines."""
_MESSAGES = {
    "POST /api/orders": "order accepted",
    "POST /api/payments": "payment handled",
    "POST /api/login": "sign-in handled",
    "POST /api/assistant": "assistant answered",
}
_ERRORS = {
    500: "cannot finish the request: unexpected null in order total",
    503: "cannot connect to database shop at postgres:5432: connection refused",
    402: "cannot charge the card: declined by the provider",
    401: "cannot sign in: wrong password",
    429: "cannot call the model: rate limit of the provider reached",
}
# Incident → the service that complains, level, message; one such line every few seconds while the incident lasts.
_COMPLAINTS: dict[str, tuple[str, str, str]] = {
    "ai_cost_spike": ("api", "warn", "spending on language models is far above budget"),
    "backup_overdue": ("worker", "error", "cannot finish the backup: no space left on the backup volume"),
    "broker_degraded": ("worker", "warn", "leader of partition 2 changed: broker 3 is not reachable"),
    "cache_cold": ("api", "warn", "cache is nearly empty, reading from the database"),
    "certificate_expiring": ("web", "warn", "certificate of shop.example ends within five days"),
    "connection_exhaustion": ("api", "error", "cannot get a database connection: pool timed out after 5 s"),
    "container_crash_loop": ("worker", "error", "worker started again after exit code 137"),
    "cpu_saturation": ("worker", "warn", "job took longer than its schedule allows"),
    "disk_filling": ("worker", "warn", "free space on / is running out"),
    "memory_leak": ("worker", "warn", "heap grew again after a full collection"),
    "queue_backlog": ("worker", "warn", "consumer is far behind the newest offset"),
    "slow_queries": ("api", "warn", "query took longer than 200 ms: select from orders"),
}
_COMPLAINTS_PER_S = 0.25

Choice = tuple[int, Requests, Part]
"""Position of the organisation, and which requests it is a sample of."""


def lines_of_second(snapshot: Snapshot, *, seed: str, lines_per_s: float) -> list[Line]:
    """The lines of the second before the snapshot, oldest first."""
    second = math.floor(snapshot.at_s) - 1
    # Not for security: the same seed and second must give the same lines.
    source = random.Random(f"{seed}/logs/{second}")  # noqa: S311
    weighted = list(_choices(snapshot))
    weights = [weight for weight, _ in weighted]
    busy = sum(weights) / sum(snapshot.mean_arrivals_by_organisation)
    growth = min(MAX_GROWTH, QUIET_SHARE + (1 - QUIET_SHARE) * busy)
    requests = _poisson(source, lines_per_s / LINES_PER_REQUEST * growth)
    lines: list[Line] = []
    for _, choice in source.choices(weighted, weights, k=requests):
        lines.extend(_request_lines(snapshot, choice, second + source.random(), source))
    lines.extend(_complaints(snapshot, second, source))
    return sorted(lines, key=lambda line: line.at_s)


def _choices(snapshot: Snapshot) -> Iterator[tuple[float, Choice]]:
    for position in range(len(snapshot.organisations)):
        for requests in REQUESTS:
            for part in requests.parts:
                weight = snapshot.rate_of(position, part.flow) * part.share
                if weight > 0:
                    yield weight, (position, requests, part)


def _poisson(source: random.Random, mean: float) -> int:
    """How many of something that happens `mean` times a second on average happen in one second."""
    if mean > 50:  # the product below would underflow; a normal distribution is as good
        return max(0, round(source.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), source.random(), 0
    while product > limit:
        product *= source.random()
        count += 1
    return count


def _level(status: int) -> str:
    if status >= 500:
        return "error"
    return "warn" if status in {401, 402, 403, 429} else "info"


def _request_lines(snapshot: Snapshot, choice: Choice, at_s: float, source: random.Random) -> Iterator[Line]:
    """What the services that take part in one request say about it; all share the trace and the request's id."""
    position, requests, part = choice
    route, status = requests.route, requests.status
    duration_s = source.lognormvariate(math.log(part.median_s), SPREAD)
    trace: Fields = {
        "trace_id": f"{source.getrandbits(128):032x}",
        "request_id": f"req-{source.getrandbits(48):012x}",
        "organisation": snapshot.organisations[position],
    }
    number = source.randrange(1, 5000)
    path = route.path.replace(":id", str(number))
    asked: Fields = {"method": route.method, "route": route.path, "status_code": status}
    took: Fields = {"duration_ms": round(duration_s * 1000, 2)}
    attack = part.flow is Flow.LOGIN_ATTACKS
    client = f"198.51.100.{source.randrange(1, 9)}" if attack else f"203.0.113.{number % 254 + 1}"
    seen: Fields = {"path": path, "client": client, "user": f"u-{number}"}
    if route.path.startswith("/api/"):
        yield from _api_lines(choice, at_s, {**trace, **asked, **took}, source)
    yield Line(
        at_s=at_s + duration_s,
        service="web",
        level=_level(status),
        message=f"{route.method} {path} {status}",
        fields={**trace, "span_id": f"{source.getrandbits(64):016x}", **asked, **took, **seen},
    )


def _api_lines(choice: Choice, at_s: float, fields: Fields, source: random.Random) -> Iterator[Line]:
    _, requests, part = choice
    route, status = requests.route, requests.status
    ended_s = at_s + float(fields["duration_ms"]) / 1000 * 0.95
    own = {**fields, "span_id": f"{source.getrandbits(64):016x}"}
    if status in _ERRORS and (status >= 500 or route.path == LOGIN_PATH or status in {402, 429}):
        yield Line(
            at_s=ended_s,
            service="api",
            level=_level(status),
            message="request failed",
            fields={**own, "error": _ERRORS[status]},
        )
    elif part.flow in {Flow.STORED_SLOW, Flow.PAYMENT_SLOW, Flow.LIGHT_SLOW}:
        yield Line(at_s=ended_s, service="api", level="warn", message="request was slow", fields=own)
    else:
        message = _MESSAGES.get(f"{route.method} {route.path}", "request answered")
        yield Line(at_s=ended_s, service="api", level="info", message=message, fields=own)
    shared = {key: fields[key] for key in ("trace_id", "request_id", "organisation")}
    if route.kind is Kind.PAYMENT and status != 422:
        amount = round(source.lognormvariate(4.2, 0.6), 2)
        result = {201: "captured", 402: "declined"}.get(status, "failed")
        yield Line(
            at_s=at_s + float(fields["duration_ms"]) / 1000 * 0.8,
            service="payment",
            level=_level(status),
            message=f"payment {result}",
            fields={**shared, "span_id": f"{source.getrandbits(64):016x}", "amount_dollars": amount, "provider": "paywell"},
        )
    if route.method == "POST" and status == 201:
        handled_s = source.lognormvariate(-1.6, 0.5)
        yield Line(
            at_s=ended_s + handled_s,
            service="worker",
            level="info",
            message="message handled",
            fields={
                **shared,
                "span_id": f"{source.getrandbits(64):016x}",
                "topic": "payments" if route.kind is Kind.PAYMENT else "orders",
                "duration_ms": round(handled_s * 1000, 2),
            },
        )


def _complaints(snapshot: Snapshot, second: int, source: random.Random) -> Iterator[Line]:
    for incident, (service, level, message) in _COMPLAINTS.items():
        strength: float = getattr(snapshot.conditions, incident)
        # The draw is made for every incident, felt or not, so that one incident does not change the lines of another.
        draw, moment = source.random(), source.random()
        if draw < _COMPLAINTS_PER_S * min(1.0, strength):
            yield Line(at_s=second + moment, service=service, level=level, message=message, fields={})
