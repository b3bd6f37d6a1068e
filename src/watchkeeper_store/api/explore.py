"""What Grafana's Logs Drilldown asks: detected fields and labels, patterns, the limits it has to keep."""

from __future__ import annotations

from typing import Any

import orjson

from watchkeeper_store.api import render
from watchkeeper_store.api.http import HttpError, Request, Response
from watchkeeper_store.api.parameters import SECOND_NS, check_query_length, limit_of, parse_step_ns, time_bounds
from watchkeeper_store.api.service import Service, expression_of, selector_of, tenants_of
from watchkeeper_store.detect.fields import DetectedField, detect, detected_labels
from watchkeeper_store.logql.tree import LogQuery
from watchkeeper_store.patterns.mining import Asked, mine
from watchkeeper_store.query import catalogue
from watchkeeper_store.query.engine import RangeQuestion
from watchkeeper_store.query.scope import Scope

_DEFAULT_LIMIT = 1000
_LEAST_STEP_NS = 10 * SECOND_NS
_MOST_PATTERNS = 300


async def fields(service: Service, request: Request) -> Response:
    """GET /loki/api/v1/detected_fields."""
    most = limit_of(request, "limit", "field_limit", default=_DEFAULT_LIMIT)
    found = await _detected(service, request, most)
    described = [_described(name, one) for name, one in found.items()]
    return Response(orjson.dumps({"fields": described, "limit": most}))


def _described(name: str, one: DetectedField) -> dict[str, Any]:
    described: dict[str, Any] = {
        "label": name,
        "type": one.type,
        "cardinality": len(one.values),
        "parsers": one.parsers or None,
    }
    if one.path:
        described["jsonPath"] = list(one.path)
    return described


async def field_values(service: Service, request: Request) -> Response:
    """GET /loki/api/v1/detected_field/{name}/values."""
    most = limit_of(request, "limit", "field_limit", default=_DEFAULT_LIMIT)
    found = await _detected(service, request, 2**31)
    one = found.get(request.path_values["name"])
    return Response(orjson.dumps({"values": sorted(one.values)[:most] if one is not None else [], "limit": most}))


async def _detected(service: Service, request: Request, most_fields: int) -> dict[str, DetectedField]:
    tenant = tenants_of(service, request)
    start_ns, end_ns = time_bounds(request, service.now_ns())
    expression = expression_of(request.one("query"))
    if not isinstance(expression, LogQuery):
        raise HttpError(400, "only log queries are supported")
    limits = service.limits.of(tenant)
    check_query_length(start_ns, end_ns, limits)
    lines = min(limit_of(request, "line_limit", default=_DEFAULT_LIMIT), limits.max_entries_limit_per_query or 2**31)
    question = RangeQuestion(start_ns=start_ns, end_ns=end_ns, step_ns=SECOND_NS, limit=lines)

    def run(scope: Scope) -> dict[str, DetectedField]:
        return detect(list(service.engine.entries(tenant, expression, question, scope)), most_fields)

    return await service.query(tenant, run)


async def labels(service: Service, request: Request) -> Response:
    """GET /loki/api/v1/detected_labels."""
    start_ns, end_ns = time_bounds(request, service.now_ns())
    tenant, selector = tenants_of(service, request), selector_of(request.one("query"))
    found = await service.query(tenant, lambda _: catalogue.series(service.store, tenant, [selector], start_ns, end_ns + 1))
    described = [{"label": name, "cardinality": count} for name, count in detected_labels(found).items()]
    return Response(orjson.dumps({"detectedLabels": described}))


async def patterns(service: Service, request: Request) -> Response:
    """GET /loki/api/v1/patterns."""
    start_ns, end_ns = time_bounds(request, service.now_ns())
    tenant = tenants_of(service, request)
    expression = expression_of(request.one("query"))
    if not isinstance(expression, LogQuery) or expression.stages:
        raise HttpError(400, "only label matchers are supported")
    check_query_length(start_ns, end_ns, service.limits.of(tenant))
    step_text = request.one("step")
    step_ns = parse_step_ns("step", step_text) if step_text else (end_ns - start_ns) // 250
    step_ns = max(step_ns // SECOND_NS * SECOND_NS, _LEAST_STEP_NS)
    asked = Asked(tenant=tenant, matchers=expression.matchers, start_ns=start_ns, end_ns=end_ns, step_ns=step_ns)
    found = await service.query(tenant, lambda scope: mine(service.store, asked, scope))
    series = [
        {
            "pattern": pattern.text(),
            "level": level,
            "samples": [[at // SECOND_NS, count] for at, count in sorted(samples.items())],
        }
        for pattern in found[:_MOST_PATTERNS]
        for level, samples in sorted(pattern.samples.items())
    ]
    return Response(render.success(series))


async def drilldown_limits(service: Service, request: Request) -> Response:
    """GET /loki/api/v1/drilldown-limits."""
    limits = service.limits.of(tenants_of(service, request))
    body = {
        "limits": {
            "discover_log_levels": limits.discover_log_levels,
            "discover_service_name": list(limits.discover_service_name),
            "log_level_fields": [],
            "max_entries_limit_per_query": limits.max_entries_limit_per_query,
            "max_line_size_truncate": limits.max_line_size_truncate,
            "max_query_bytes_read": "0B",
            "max_query_length": f"{int(limits.max_query_length)}s",
            "max_query_lookback": "0s",
            "max_query_range": "0s",
            "max_query_series": limits.max_query_series,
            "metric_aggregation_enabled": False,
            "pattern_persistence_enabled": False,
            "query_timeout": f"{int(limits.query_timeout)}s",
            "retention_period": "0s",
            "retention_stream": [],
            "volume_enabled": True,
            "volume_max_series": 1000,
        },
        "pattern_ingester_enabled": True,
        "version": render.LOKI_VERSION,
        "maxDetectedFields": _DEFAULT_LIMIT,
        "maxDetectedValues": _DEFAULT_LIMIT,
        "maxLabelValues": _DEFAULT_LIMIT,
        "maxLines": limits.max_entries_limit_per_query,
    }
    return Response(orjson.dumps(body))
