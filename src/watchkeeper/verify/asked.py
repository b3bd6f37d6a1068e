"""Every query that the plan's own files ask: of alerting rules, recording rules and dashboards, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from watchkeeper.plan.model import Plan
from watchkeeper.verify.queries import Labels, Named, logql_named, promql_named

Kind: TypeAlias = Literal["alert", "record", "panel"]

_LABEL_VALUES = re.compile(r"label_values\((?P<selector>.+),\s*(?P<label>\w+)\s*\)", re.DOTALL)
LOGS = "loki"
METRICS = "prometheus"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """``place`` tells a person where to look: the file and the rule or panel. ``source``: whom it is asked of.

    ``written`` is the text as it stands in the file, where that is not the expression itself.
    """

    kind: Kind
    place: str
    expression: str
    written: str = ""
    source: str = METRICS
    texts: Labels = field(default_factory=dict)

    def named(self) -> Named:
        """What it names. Raises Unreadable."""
        return logql_named(self.expression, self.texts) if self.source == LOGS else promql_named(self.expression, self.texts)


def asked_by(plan: Plan) -> Iterator[Asked]:
    """In the order of the files. Panels of sources that are neither metrics nor logs are left out."""
    for workload in plan.workloads:
        for file in workload.files:
            content: Any = file.content
            if file.name.startswith("rules/"):
                yield from _of_rules(file.name, content)
            elif file.name.startswith("dashboards/"):
                yield from _of_dashboard(file.name, content)


def _of_rules(name: str, content: Mapping[str, Any]) -> Iterator[Asked]:
    for group in content["groups"]:
        for rule in group["rules"]:
            kind: Kind = "alert" if "alert" in rule else "record"
            yield Asked(kind=kind, place=f"{name}: {rule[kind]}", expression=str(rule["expr"]))


def _of_dashboard(name: str, content: Mapping[str, Any]) -> Iterator[Asked]:
    variables = content.get("templating", {}).get("list", ())
    texts = {str(variable["name"]): str(variable.get("query", "")) for variable in variables if variable["type"] == "textbox"}
    for variable in variables:
        if variable["type"] == "query" and (match := _LABEL_VALUES.fullmatch(str(variable["query"]))):
            # as if the choices were counted by their label, which must then exist
            expression = f"count by ({match['label']}) ({match['selector']})"
            place = f"{name}: variable {variable['name']}"
            yield Asked(kind="panel", place=place, expression=expression, written=match.group())
    for panel in _panels(content):
        for target in panel.get("targets", ()):
            source = target["datasource"]["type"]
            if source in (METRICS, LOGS):
                place = f"{name}: {panel['title']}"
                yield Asked(kind="panel", place=place, expression=target["expr"], source=source, texts=texts)


def _panels(content: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for panel in content.get("panels", ()):
        yield panel
        yield from _panels(panel)
