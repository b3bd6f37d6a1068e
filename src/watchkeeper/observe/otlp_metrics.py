"""OTLP to send a metric as an application's SDK would."""

from __future__ import annotations

from watchkeeper.observe.answer import Asker, NoAnswer

_PATIENCE_S = 10.0
"""As long as SDKs wait."""


async def send_gauge(url: str, asker: Asker, *, name: str, service: str, value: float, at_ns: int) -> None:
    """Send one data point to the address of an OTLP server. Raises NoAnswer unless it was accepted."""
    metric = {"name": name, "gauge": {"dataPoints": [{"timeUnixNano": str(at_ns), "asDouble": value}]}}
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]}
    document = {"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"metrics": [metric]}]}]}
    target = f"{url.rstrip('/')}/v1/metrics"
    response = await asker.request("POST", target, json=document, timeout_s=_PATIENCE_S)
    if not response.is_success or "partialSuccess" in response.text:
        raise NoAnswer(f"{target} answered {response.status_code}: {response.text[:200]}")
