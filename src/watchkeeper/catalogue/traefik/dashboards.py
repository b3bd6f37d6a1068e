"""Traefik: what comes in, what goes wrong on the way, and when certificates end."""

from __future__ import annotations

from watchkeeper.dashboards import style
from watchkeeper.dashboards.model import Column, Dashboard, Row, Variable
from watchkeeper.dashboards.panels import figure, lines, listing

_SERVICE = 'service=~"$service"'


def _rate(more: str = "") -> str:
    return f"sum(rate(traefik_service_requests_total{{{_SERVICE}{more}}}[$__rate_interval]))"


def _quantile(quantile: float, by: str = "le") -> str:
    buckets = f"traefik_service_request_duration_seconds_bucket{{{_SERVICE}}}"
    return f"histogram_quantile({quantile}, sum by ({by}) (rate({buckets}[$__rate_interval])))"


_NOW = Row(
    title="Now",
    panels=(
        figure("Requests", "How much comes in?", _rate(), style.REQUESTS_PER_SECOND, decimals=1),
        figure(
            "Failing",
            "What share of requests does a service fail to answer?",
            _rate(', code=~"5.."') + " / " + _rate(),
            style.SHARE,
            steps=style.worse_above(0.01, 0.05),
            decimals=2,
        ),
        figure(
            "p95",
            "How long do all but the slowest twentieth take?",
            _quantile(0.95),
            style.SECONDS,
            steps=style.worse_above(0.5, 1),
        ),
        figure("Connections", "How many are open?", "sum(traefik_open_connections)"),
        figure(
            "Servers up",
            "What share of the servers behind does Traefik consider alive?",
            f"avg(traefik_service_server_up{{{_SERVICE}}})",
            style.SHARE,
            steps=style.worse_below(1, 0.5),
        ),
        figure(
            "Next certificate ends in",
            "When must a certificate be renewed?",
            "min(traefik_tls_certs_not_after) - time()",
            style.SECONDS,
            steps=style.worse_below(14 * 86_400, 7 * 86_400),
            decimals=0,
        ),
    ),
)


_REQUESTS = Row(
    title="Requests",
    panels=(
        lines(
            "Requests by service",
            "Where do requests go?",
            {"{{service}}": f"sum by (service) (rate(traefik_service_requests_total{{{_SERVICE}}}[$__rate_interval]))"},
            style.REQUESTS_PER_SECOND,
            stacked=True,
        ),
        lines(
            "Answers by code",
            "What do they get?",
            {"{{code}}": f"sum by (code) (rate(traefik_service_requests_total{{{_SERVICE}}}[$__rate_interval]))"},
            style.REQUESTS_PER_SECOND,
            colours=style.STATUS_CODES,
        ),
        lines(
            "p95 by service",
            "Which service is slow?",
            {"{{service}}": _quantile(0.95, "service, le")},
            style.SECONDS,
            steps=style.worse_above(0.5, 1),
        ),
        lines(
            "Requests by entry point",
            "Through which door do they come?",
            {"{{entrypoint}}": "sum by (entrypoint) (rate(traefik_entrypoint_requests_total[$__rate_interval]))"},
            style.REQUESTS_PER_SECOND,
        ),
        listing(
            "Certificates",
            "Which certificate ends when?",
            ("sort(traefik_tls_certs_not_after - time())",),
            (
                Column(field="cn", heading="Name"),
                Column(field="sans", heading="Also for"),
                Column(field="Value", heading="Ends in", unit=style.SECONDS),
            ),
            steps=style.worse_below(14 * 86_400, 7 * 86_400),
        ),
        listing(
            "Servers",
            "Which server behind which service is down?",
            (f"traefik_service_server_up{{{_SERVICE}}}",),
            (
                Column(field="service", heading="Service"),
                Column(field="url", heading="Server"),
                Column(field="Value", heading="State"),
            ),
            words=style.HEALTHY,
        ),
    ),
)


DASHBOARDS = (
    Dashboard(
        uid="watchkeeper-traefik",
        title="Traefik",
        question="What comes in at the door, what fails on the way, and when do certificates end?",
        rows=(_NOW, _REQUESTS),
        variables=(Variable(name="service", heading="Service", metric="traefik_service_requests_total", label="service"),),
        tags=("requests",),
    ),
)
