"""Jobs and outcomes on their way: what is sent is read back, and what is not ours is refused."""

from __future__ import annotations

from uuid import UUID

import pytest

from network_monitor.messages import Job, Outcome, Unreadable, read_job, read_outcome
from network_monitor.surroundings import Address

CHECK = UUID("11111111-2222-3333-4444-555555555555")


def test_a_job_is_read_back() -> None:
    job = Job(check=CHECK, device="cache", address=Address(host="::1", port=6379))
    assert job.encoded() == b'{"check": "11111111-2222-3333-4444-555555555555", "device": "cache", "address": "[::1]:6379"}'
    assert read_job(job.encoded()) == job


@pytest.mark.parametrize(("reachable", "latency_ms"), [(True, 0.25), (False, None)])
def test_an_outcome_is_read_back(reachable: bool, latency_ms: float | None) -> None:
    outcome = Outcome(check=CHECK, device="cache", reachable=reachable, latency_ms=latency_ms)
    assert read_outcome(outcome.encoded()) == outcome


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"check": "1", "device": "cache", "address": "h:1"}',
        b'{"check": 5, "device": "cache", "address": "h:1"}',
        b'{"check": "11111111-2222-3333-4444-555555555555", "device": "", "address": "h:1"}',
        b'{"check": "11111111-2222-3333-4444-555555555555", "device": "cache", "address": "nowhere"}',
        b'{"check": "11111111-2222-3333-4444-555555555555", "device": "cache", "address": null}',
    ],
)
def test_what_is_no_job_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable, match=r"^cannot read"):
        read_job(body)


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b'{"check": "11111111-2222-3333-4444-555555555555", "device": "cache", "reachable": 1, "latency_ms": null}',
        b'{"check": "11111111-2222-3333-4444-555555555555", "device": "cache", "reachable": true, "latency_ms": "soon"}',
        b'{"check": "11111111-2222-3333-4444-555555555555", "device": "cache", "reachable": true}',
    ],
)
def test_what_is_no_outcome_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable, match=r"^cannot read"):
        read_outcome(body)
