"""Which kind of file a document is: by what it holds, not by what it is called."""

from __future__ import annotations

from watchkeeper.lint.rule import Kind
from watchkeeper.lint.walk import items, mappings
from watchkeeper.spec.document import Data, Document

_NOT_OURS = {"ConfigMap", "Deployment", "StatefulSet", "DaemonSet", "Service", "Secret", "Ingress", "Namespace"}


def recognise(document: Document) -> Kind:
    """``Kind.UNKNOWN`` where nothing says what the document is."""
    data = document.data
    if data.get("kind") == "PrometheusRule":
        return Kind.RULES
    if isinstance(data.get("kind"), str) and data["kind"] in _NOT_OURS:
        return Kind.UNKNOWN
    for kind, test in _TESTS:
        if test(data):
            return kind
    return Kind.UNKNOWN


def groups_path(document: Document) -> tuple[str, ...]:
    """Where the groups of a rule file are: at the top, or in a PrometheusRule's ``spec``."""
    return ("spec", "groups") if document.data.get("kind") == "PrometheusRule" else ("groups",)


def _compose(data: dict[str, Data]) -> bool:
    services = data.get("services")
    return isinstance(services, dict) and bool(services) and all(isinstance(one, dict | None) for one in services.values())


def _rules(data: dict[str, Data]) -> bool:
    if "apiVersion" in data:
        return False
    rules = [rule for group in items(data.get("groups")) for rule in items(mappings(group).get("rules"))]
    return any({"alert", "record", "expr"} & set(mappings(rule)) for rule in rules)


def _alertmanager(data: dict[str, Data]) -> bool:
    named = [mappings(one) for one in items(data.get("receivers"))]
    return bool(named) and all("name" in one for one in named)


def _promtail(data: dict[str, Data]) -> bool:
    return "positions" in data or ("clients" in data and ("scrape_configs" in data or "server" in data))


def _loki(data: dict[str, Data]) -> bool:
    return "schema_config" in data or bool({"limits_config", "chunk_store_config", "table_manager"} & set(data))


def _tempo(data: dict[str, Data]) -> bool:
    return "receivers" in mappings(data.get("distributor")) or "trace" in mappings(data.get("storage"))


def _prometheus(data: dict[str, Data]) -> bool:
    if {"scrape_configs", "rule_files", "remote_write", "remote_read"} & set(data):
        return True
    return bool({"scrape_interval", "evaluation_interval"} & set(mappings(data.get("global")))) or "alertmanagers" in mappings(
        data.get("alerting")
    )


def _grafana(data: dict[str, Data]) -> bool:
    wanted = {"datasources", "providers", "groups", "contactPoints", "policies", "deleteDatasources"}
    return "apiVersion" in data and "kind" not in data and bool(wanted & set(data))


def _dashboard(data: dict[str, Data]) -> bool:
    inner = mappings(data.get("dashboard")) or data
    return isinstance(inner.get("panels"), list) or ("schemaVersion" in inner and "title" in inner)


_TESTS = (
    (Kind.COMPOSE, _compose),
    (Kind.GRAFANA, _grafana),
    (Kind.DASHBOARD, _dashboard),
    (Kind.RULES, _rules),
    (Kind.ALERTMANAGER, _alertmanager),
    (Kind.PROMTAIL, _promtail),
    (Kind.LOKI, _loki),
    (Kind.TEMPO, _tempo),
    (Kind.PROMETHEUS, _prometheus),
)
