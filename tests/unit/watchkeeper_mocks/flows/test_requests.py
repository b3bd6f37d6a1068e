from collections import defaultdict

import pytest

from watchkeeper_mocks.flows.application import ROUTES, Kind
from watchkeeper_mocks.flows.flow import Flow
from watchkeeper_mocks.flows.requests import REQUESTS


def test_every_request_of_every_flow_ends_with_one_status_code() -> None:
    shares: dict[Flow, float] = defaultdict(float)
    for requests in REQUESTS:
        for part in requests.parts:
            shares[part.flow] += part.share
    expected = {kind: sum(route.share for route in ROUTES if route.kind is kind) for kind in Kind}
    kinds = {"STORED": Kind.STORED, "PAYMENT": Kind.PAYMENT, "LIGHT": Kind.LIGHT}
    assert shares.pop(Flow.LOGIN_ATTACKS) == 1.0
    for flow, share in shares.items():
        assert share == pytest.approx(expected[kinds[flow.name.partition("_")[0]]]), flow
    assert len(shares) == 4 + 5 + 3


def test_each_route_has_each_status_code_once() -> None:
    ends = [(requests.route.method, requests.route.path, requests.status) for requests in REQUESTS]
    assert len(ends) == len(set(ends))
    codes = {route.path: {status for _, path, status in ends if path == route.path} for route in ROUTES}
    assert codes["/api/payments"] == {201, 402, 422, 500, 503}
    assert codes["/api/health"] == {200, 500}
    assert codes["/api/orders"] == {200, 201, 403, 422, 500, 503}
