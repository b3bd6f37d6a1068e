"""What the proxy lets through, spelled in every way an attacker might try."""

from __future__ import annotations

import pytest

from watchkeeper_console.upstreams.allowed import Allowed, Refused, decide

SILENCE = "0b2c9c5e-7c0a-4f6d-9f54-3f8f8b1f4c11"


@pytest.mark.parametrize(
    ("method", "path", "upstream", "target"),
    [
        ("GET", "/api/prometheus/api/v1/query", "prometheus", "/api/v1/query"),
        ("POST", "/api/prometheus/api/v1/query_range", "prometheus", "/api/v1/query_range"),
        ("GET", "/api/prometheus/api/v1/label/__name__/values", "prometheus", "/api/v1/label/__name__/values"),
        ("GET", "/api/prometheus/api/v1/status/buildinfo", "prometheus", "/api/v1/status/buildinfo"),
        ("GET", "/api/alertmanager/api/v2/alerts/groups", "alertmanager", "/api/v2/alerts/groups"),
        ("POST", "/api/alertmanager/api/v2/silences", "alertmanager", "/api/v2/silences"),
        ("DELETE", f"/api/alertmanager/api/v2/silence/{SILENCE}", "alertmanager", f"/api/v2/silence/{SILENCE}"),
        ("POST", "/api/logs/loki/api/v1/query_range", "logs", "/loki/api/v1/query_range"),
        ("GET", "/api/logs/loki/api/v1/label/job/values", "logs", "/loki/api/v1/label/job/values"),
        ("HEAD", "/api/logs/loki/api/v1/labels", "logs", "/loki/api/v1/labels"),
        ("GET", "/api/tempo/api/search", "traces", "/api/search"),
        ("GET", "/api/tempo/api/v2/traces/0af7651916cd43dd", "traces", "/api/v2/traces/0af7651916cd43dd"),
        (
            "GET",
            "/api/tempo/api/v2/search/tag/resource.service.name/values",
            "traces",
            "/api/v2/search/tag/resource.service.name/values",
        ),
    ],
)
def test_reading_and_silencing_pass(method: str, path: str, upstream: str, target: str) -> None:
    decision = decide(method, path.encode())
    assert isinstance(decision, Allowed)
    assert (decision.upstream, decision.path) == (upstream, target)


@pytest.mark.parametrize(
    "path",
    [
        "/api/prometheus/api/v1/admin/tsdb/delete_series",
        "/api/prometheus/api/v1/write",
        "/api/tempo/api/v2/search/tag/../values",
        "/api/tempo/api/v2/search/tag/./values",
        "/api/tempo/api/traces/not-hex",
        "/api/tempo/api/traces",
        "/api/tempo/api/overrides",
        "/api/prometheus/api/v1/read",
        "/api/prometheus/api/v1/otlp/v1/metrics",
        "/api/prometheus/-/reload",
        "/api/prometheus/-/quit",
        "/api/prometheus/debug/pprof/heap",
        "/api/prometheus/federate",
        "/api/prometheus/metrics",
        "/api/prometheus/",
        "/api/prometheus",
        "/api/alertmanager/api/v2/alerts/x",
        "/api/alertmanager/-/reload",
        "/api/alertmanager/api/v1/alerts",
        "/api/alertmanager/api/v2/silence/../silences",
        "/api/alertmanager/api/v2/silence/x",
        "/api/logs/loki/api/v1/push",
        "/api/logs/loki/api/v1/delete",
        "/api/logs/config",
        "/api/logs/otlp/v1/logs",
        "/api/traces/api/search",
        "/api/v1/query",
        "/api//prometheus/api/v1/query",
        "//api/prometheus/api/v1/query",
        "/api/prometheus/api/v1/query/",
        "/api/prometheus//api/v1/query",
        "/api/prometheus/api/v1/label/a/b/values",
        "/api/prometheus/api/v1/label//values",
        "/api/prometheus/api/v1/label/../values",
        "/api/prometheus/api/v1/label/%2e%2e/values",
        "/api/prometheus/api/v1/label/..%2f..%2fadmin/values",
        "/api/prometheus/api/v1/label/%252e%252e/values",
        "/api/prometheus/api/v1/label/a%00/values",
        "/api/prometheus/api/v1/label/a%0d%0aHost:%20evil/values",
        "/api/prometheus/api/v1/../../-/quit",
        "/api/prometheus/api/v1/%2e%2e/%2e%2e/-/quit",
        "/api/prometheus/api/v1/..%2f..%2f-%2fquit",
        "/api/prometheus/api/v1/query%2f..%2f..%2fadmin",
        "/api/prometheus/api/v1/query;/../admin",
        "/api/prometheus/api/v1/%71uery",
        "/api/prometheus/api/v1/query\\..\\admin",
        "/api/prometheus/../alertmanager/api/v2/status",
        "/api/prometheus/api/v2/status",
        "/api/prometheus@evil.example/api/v1/query",
        "/api/http://evil.example/api/v1/query",
        "/api/prometheus/api/v1/query\u0000",
        "/api/prometheus/api/v1/quéry",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_nothing_else_exists_however_it_is_spelled(method: str, path: str) -> None:
    assert decide(method, path.encode()) == Refused(404)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/api/prometheus/api/v1/query"),
        ("PUT", "/api/prometheus/api/v1/query"),
        ("POST", "/api/prometheus/api/v1/targets"),
        ("POST", "/api/alertmanager/api/v2/alerts"),
        ("DELETE", "/api/alertmanager/api/v2/silences"),
        ("POST", f"/api/alertmanager/api/v2/silence/{SILENCE}"),
        ("DELETE", "/api/logs/loki/api/v1/series"),
    ],
)
def test_a_method_that_would_change_something_is_refused(method: str, path: str) -> None:
    decision = decide(method, path.encode())
    assert isinstance(decision, Refused)
    assert decision.status == 405
    assert method not in decision.methods
