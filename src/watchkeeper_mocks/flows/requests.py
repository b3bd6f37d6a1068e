"""How the requests to each route end: per status code, the flows that make them up and how long these take."""

from collections.abc import Iterator
from dataclasses import dataclass

from watchkeeper_mocks.flows.application import LOGIN_PATH, ROUTES, Kind, Route
from watchkeeper_mocks.flows.flow import Flow


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Requests of one kind: so many for each unit of a flow."""

    flow: Flow
    share: float
    median_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """All requests to a route that end with one status code."""

    route: Route
    status: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcomes:
    """The flows of one kind of route; None where the outcome cannot happen."""

    fast: Flow
    slow: Flow
    failed: Flow
    refused: Flow | None = None
    declined: Flow | None = None


_OUTCOMES = {
    Kind.STORED: _Outcomes(
        fast=Flow.STORED_FAST, slow=Flow.STORED_SLOW, failed=Flow.STORED_FAILED, refused=Flow.STORED_REFUSED
    ),
    Kind.PAYMENT: _Outcomes(
        fast=Flow.PAYMENT_FAST,
        slow=Flow.PAYMENT_SLOW,
        failed=Flow.PAYMENT_FAILED,
        refused=Flow.PAYMENT_REFUSED,
        declined=Flow.PAYMENT_DECLINED,
    ),
    Kind.LIGHT: _Outcomes(fast=Flow.LIGHT_FAST, slow=Flow.LIGHT_SLOW, failed=Flow.LIGHT_FAILED),
}

# A slow request waits for something: it takes many times its median, and never less than this.
_SLOW_FACTOR = 12.0
_SLOW_FLOOR_S = 0.6
_CLIENT_ERROR_FACTOR = 0.4
_FAILED_FACTOR = 1.5
_REFUSED_MEDIAN_S = 1.2
_DECLINED_FACTOR = 0.8


def _ends(route: Route) -> Iterator[tuple[int, tuple[Part, ...]]]:
    """Each status code of a route, with what makes it up."""
    outcomes = _OUTCOMES[route.kind]
    good = route.share * (1.0 - route.client_error_share)
    bad = route.share * route.client_error_share
    slow_s = max(_SLOW_FLOOR_S, _SLOW_FACTOR * route.median_s)
    quick_s = _CLIENT_ERROR_FACTOR * route.median_s
    yield (
        route.ok_status,
        (
            Part(flow=outcomes.fast, share=good, median_s=route.median_s),
            Part(flow=outcomes.slow, share=good, median_s=slow_s),
        ),
    )
    if bad:
        attacks = (Part(flow=Flow.LOGIN_ATTACKS, share=1.0, median_s=quick_s),) if route.path == LOGIN_PATH else ()
        answered = tuple(Part(flow=flow, share=bad, median_s=quick_s) for flow in (outcomes.fast, outcomes.slow))
        yield route.client_error_status, answered + attacks
    yield 500, (Part(flow=outcomes.failed, share=route.share, median_s=_FAILED_FACTOR * route.median_s),)
    if outcomes.refused is not None:
        yield 503, (Part(flow=outcomes.refused, share=route.share, median_s=_REFUSED_MEDIAN_S),)
    if outcomes.declined is not None:
        yield 402, (Part(flow=outcomes.declined, share=route.share, median_s=_DECLINED_FACTOR * route.median_s),)


REQUESTS = tuple(Requests(route=route, status=status, parts=parts) for route in ROUTES for status, parts in _ends(route))
