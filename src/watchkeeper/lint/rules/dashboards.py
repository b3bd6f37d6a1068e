"""Rules for dashboard JSON that is provisioned from files; PromQL in panels is judged by ``expressions``."""

from __future__ import annotations

import json
from collections.abc import Iterator

import promql_parser

from watchkeeper.lint.promql import calls, parsed
from watchkeeper.lint.rule import Hit, Kind, Rule, Severity, Subject
from watchkeeper.lint.walk import below, seconds
from watchkeeper.spec.document import Data, KeyPath

_ANGULAR = frozenset({"graph", "singlestat", "table-old", "grafana-piechart-panel", "grafana-worldmap-panel"})


def _dashboard(subject: Subject) -> tuple[KeyPath, dict[str, Data]]:
    inner = subject.document.data.get("dashboard")
    return (("dashboard",), inner) if isinstance(inner, dict) else ((), subject.document.data)


def _panels(subject: Subject) -> Iterator[tuple[KeyPath, dict[str, Data]]]:
    for path, value in below(subject.document.data):
        if len(path) > 1 and path[-2] == "panels" and isinstance(value, dict):
            yield path, value


def _unfilled_input(subject: Subject) -> Iterator[Hit]:
    for path, value in below(subject.document.data):
        if isinstance(value, str) and value.startswith("${DS_") and "__inputs" not in path:
            yield Hit(
                path, f"cannot fill {value}: inputs are asked for when a person imports, never when a file is provisioned"
            )


def _no_uid(subject: Subject) -> Iterator[Hit]:
    path, dashboard = _dashboard(subject)
    if not dashboard.get("uid"):
        yield Hit((*path, "title"), "cannot link to this dashboard reliably: it has no uid")


def _source_by_name(subject: Subject) -> Iterator[Hit]:
    for path, panel in _panels(subject):
        source = panel.get("datasource")
        if (
            isinstance(source, str)
            and source not in {"-- Mixed --", "-- Grafana --", "-- Dashboard --"}
            and not source.startswith("$")
        ):
            yield Hit(
                (*path, "datasource"),
                f"cannot rely on the data source named {source}: a name can change, and is another elsewhere",
            )


def _angular(subject: Subject) -> Iterator[Hit]:
    for path, panel in _panels(subject):
        if panel.get("type") in _ANGULAR:
            yield Hit(
                (*path, "type"), f"cannot rely on a panel of type {panel['type']}: it needs AngularJS, which Grafana 12 removed"
            )


def _fixed_range(subject: Subject) -> Iterator[Hit]:
    for expression, tree in parsed(subject):
        if "$__" not in expression.text and any(
            isinstance(call.args[0], promql_parser.MatrixSelector) for call, _ in calls(tree, "rate", "irate")
        ):
            yield Hit(
                expression.path, "cannot adapt to the zoom: with a fixed range peaks between the drawn points are left out"
            )


def _numeric_id(subject: Subject) -> Iterator[Hit]:
    path, dashboard = _dashboard(subject)
    if isinstance(dashboard.get("id"), int):
        yield Hit((*path, "id"), "cannot keep the number of another database: it may belong to another dashboard here")


def _fast_refresh(subject: Subject) -> Iterator[Hit]:
    path, dashboard = _dashboard(subject)
    refresh_s = seconds(dashboard.get("refresh"))
    if refresh_s and refresh_s < 10:
        yield Hit((*path, "refresh"), f"cannot show anything new every {refresh_s:g} s: data arrives once a scrape")


def _written(**changes: Data) -> str:
    panel: dict[str, Data] = {
        "type": "timeseries",
        "datasource": {"type": "prometheus", "uid": "prometheus"},
        "targets": [{"expr": "rate(shop_orders_total[$__rate_interval])", "refId": "A"}],
    }
    dashboard: dict[str, Data] = {"uid": "shop", "title": "Shop", "schemaVersion": 39, "refresh": "30s"}
    for name, value in changes.items():
        (panel if name in panel else dashboard)[name] = value
    return json.dumps(dashboard | {"panels": [panel]}, indent=2) + "\n"


_GOOD = _written()

DASHBOARD_RULES = (
    Rule(
        id="WK-DASH-001", kinds=(Kind.DASHBOARD,), severity=Severity.ERROR,
        what="An input such as ${DS_PROMETHEUS}.",
        why="Exported for sharing; provisioning does not ask, so every panel says that the data source was not found.",
        fix="replace it by the fixed uid of the data source",
        check=_unfilled_input, good=_GOOD, bad=_written(datasource={"type": "prometheus", "uid": "${DS_PROMETHEUS}"}),
    ),
    Rule(
        id="WK-DASH-002", kinds=(Kind.DASHBOARD,), severity=Severity.WARNING,
        what="A dashboard without uid.",
        why="Grafana invents one, and links from alerts and other dashboards break on the next installation.",
        fix="give it a fixed uid",
        check=_no_uid, good=_GOOD, bad=_written(uid=None),
    ),
    Rule(
        id="WK-DASH-003", kinds=(Kind.DASHBOARD,), severity=Severity.WARNING,
        what="A data source by name.",
        why="The panel is empty where the data source is called something else.",
        fix='write {"type": …, "uid": …}',
        check=_source_by_name, good=_GOOD, bad=_written(datasource="Prometheus"),
    ),
    Rule(
        id="WK-DASH-004", kinds=(Kind.DASHBOARD,), severity=Severity.WARNING, product="grafana", since=(12, 0),
        what="A panel that needs AngularJS.",
        why="Grafana 12 removed AngularJS; such panels are migrated on the fly or not shown.",
        fix="use timeseries, stat or table",
        check=_angular, good=_GOOD, bad=_written(type="graph"),
    ),
    Rule(
        id="WK-DASH-005", kinds=(Kind.DASHBOARD,), severity=Severity.INFO,
        what="rate with a fixed range in a panel.",
        why="Zoomed out, most samples are in no drawn range; zoomed in, ranges overlap. $__rate_interval follows zoom "
            "and scrape interval.",
        fix="write [$__rate_interval]",
        check=_fixed_range, good=_GOOD, bad=_written(targets=[{"expr": "rate(shop_orders_total[5m])", "refId": "A"}]),
    ),
    Rule(
        id="WK-DASH-006", kinds=(Kind.DASHBOARD,), severity=Severity.INFO,
        what="A numeric id.",
        why="It is the number in the database that the dashboard was exported from.",
        fix='write "id": null',
        check=_numeric_id, good=_GOOD, bad=_written(id=17),
    ),
    Rule(
        id="WK-DASH-007", kinds=(Kind.DASHBOARD,), severity=Severity.INFO,
        what="A refresh faster than scrapes.",
        why="Every viewer repeats every query without seeing anything new.",
        fix="refresh every 30s or slower",
        check=_fast_refresh, good=_GOOD, bad=_written(refresh="5s"),
    ),
)  # fmt: skip
