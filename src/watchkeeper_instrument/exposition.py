"""The bodies of the two endpoints: health as JSON, metrics in the format that the scraper asks for."""

from __future__ import annotations

import json

from prometheus_client.exposition import choose_encoder

from watchkeeper_instrument.health import Report
from watchkeeper_instrument.metrics import Metrics
from watchkeeper_instrument.settings import Settings


def health_body(report: Report, settings: Settings) -> tuple[int, str, bytes]:
    """(status, content type, body)."""
    return report.http_status, "application/json", json.dumps(report.body(settings), ensure_ascii=False).encode()


def metrics_body(metrics: Metrics, accept: str) -> tuple[int, str, bytes]:
    """(status, content type, body). Exemplars are there in OpenMetrics only, which Prometheus asks for."""
    encode, content_type = choose_encoder(accept)
    return 200, content_type, encode(metrics.registry)
