"""Grafana's data sources, and the links between them: a metric's exemplar → its trace → that trace's logs → back.

The uids are what dashboards name and never change: with a changed one, Grafana stops reconciling the file and says nothing.
"""

from __future__ import annotations

from watchkeeper.catalogue.scene import Scene
from watchkeeper.spec.quantities import format_duration
from watchkeeper.workload.reference import ConnectUrl, Structure

_TRACE_ID = r'"?trace_?id"?[=:]\s*"?([0-9a-fA-F]{16,32})"?'
_LABELS = [{"key": "service.name", "value": "service"}]


def data_sources(scene: Scene, timeout_s: int) -> Structure:
    """The provisioning file; the first entry is the default."""
    tracing = next((name for name in ("tempo", "jaeger") if scene.has(name)), "")
    logs = scene.log_store()
    sources: list[Structure] = [_prometheus(scene, timeout_s, tracing)]
    if logs:
        sources.append(_loki(logs, timeout_s, tracing))
    if scene.has("tempo"):
        searched: dict[str, Structure] = {**_from_traces(logs), "search": {"hide": False}}
        sources.append(_source("Tempo", "tempo", "tempo", "tempo", timeout_s, searched))
    if scene.has("jaeger"):
        sources.append(_source("Jaeger", "jaeger", "jaeger", "jaeger", timeout_s, _from_traces(logs), endpoint="query"))
    if scene.has("alertmanager"):
        settings: dict[str, Structure] = {"implementation": "prometheus", "handleGrafanaManagedAlerts": False}
        sources.append(_source("Alertmanager", "alertmanager", "alertmanager", "alertmanager", timeout_s, settings))
    return {"apiVersion": 1, "prune": True, "datasources": sources}


def _source(
    name: str, kind: str, uid: str, workload: str, timeout_s: int, settings: dict[str, Structure], *, endpoint: str = "http"
) -> dict[str, Structure]:
    return {
        "name": name,
        "type": kind,
        "uid": uid,
        "access": "proxy",
        "orgId": 1,
        "url": ConnectUrl(workload=workload, endpoint=endpoint),
        "editable": False,
        "jsonData": {"timeout": timeout_s, **settings},
    }


def _prometheus(scene: Scene, timeout_s: int, tracing: str) -> Structure:
    settings: dict[str, Structure] = {
        "httpMethod": "POST",
        "prometheusType": "Prometheus",
        "timeInterval": format_duration(scene.basics.scrape_interval_s),
        "queryTimeout": format_duration(timeout_s),
        "manageAlerts": False,
    }
    if tracing:
        settings["exemplarTraceIdDestinations"] = [{"name": "trace_id", "datasourceUid": tracing}]
    source = _source("Prometheus", "prometheus", "prometheus", "prometheus", timeout_s, settings)
    return {**source, "isDefault": True}


def _loki(workload: str, timeout_s: int, tracing: str) -> Structure:
    settings: dict[str, Structure] = {"maxLines": 1000}
    if tracing:
        # Grafana expands $ in these files, so its own variables are written with two
        link = {"name": "trace_id", "matcherRegex": _TRACE_ID, "url": "$${__value.raw}", "datasourceUid": tracing}
        settings["derivedFields"] = [link]
    return _source("Loki", "loki", "loki", workload, timeout_s, settings)


def _from_traces(logs: str) -> dict[str, Structure]:
    """From a span to the lines of its service with its id, and to the figures of its service."""
    settings: dict[str, Structure] = {
        "nodeGraph": {"enabled": True},
        "serviceMap": {"datasourceUid": "prometheus"},
        "tracesToMetrics": {
            "datasourceUid": "prometheus",
            "spanStartTimeShift": "-5m",
            "spanEndTimeShift": "5m",
            "tags": _LABELS,
            "queries": [
                {
                    "name": "Requests per second",
                    "query": "sum(rate(traces_spanmetrics_calls_total{$$__tags}[5m]))",
                }
            ],
        },
    }
    if logs:
        settings["tracesToLogsV2"] = {
            "datasourceUid": "loki",
            "spanStartTimeShift": "-5m",
            "spanEndTimeShift": "5m",
            "tags": _LABELS,
            "filterByTraceID": True,
            "filterBySpanID": False,
            "customQuery": False,
        }
    return settings
