"""Rules for Prometheus rule files that are about the rule around its expression: groups, labels, annotations, waiting times."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import promql_parser

from watchkeeper.lint.promql import COMPARISONS, bare, calls, grouping, metric_name, nodes, operator, parsed
from watchkeeper.lint.recognise import groups_path
from watchkeeper.lint.rule import Hit, Kind, Rule, Severity, Subject, example
from watchkeeper.lint.walk import each, mappings
from watchkeeper.spec.document import Data, KeyPath

_LABEL_USE = re.compile(r"\$labels\.(\w+)|\.Labels\.(\w+)")
_LOOKS_BACK = ("vector", "increase", "changes", "resets", "count_over_time", "sum_over_time", "max_over_time", "min_over_time")
"""What makes an alert steady without for: a constant, or an event counted over a range, which would be lost by waiting."""
_SET_OPERATORS = frozenset({"and", "or", "unless"})


def _alerts(subject: Subject) -> Iterator[tuple[KeyPath, dict[str, Data]]]:
    for path, rule in each(subject.document, *groups_path(subject.document), "*", "rules", "*"):
        if "alert" in mappings(rule):
            yield path, mappings(rule)


def _no_for(subject: Subject) -> Iterator[Hit]:
    steady = {expression.path[:-1] for expression, tree in parsed(subject) if any(calls(tree, *_LOOKS_BACK))}
    for path, rule in _alerts(subject):
        if "for" not in rule and path not in steady:
            yield Hit((*path, "alert"), f"cannot tell a blip from a problem: {rule['alert']} fires at the first evaluation")


def _no_severity(subject: Subject) -> Iterator[Hit]:
    for path, rule in _alerts(subject):
        if "severity" not in mappings(rule.get("labels")):
            yield Hit((*path, "alert"), f"cannot route {rule['alert']} by severity: the label is missing")


def _no_annotation(subject: Subject) -> Iterator[Hit]:
    for path, rule in _alerts(subject):
        if not {"summary", "description", "message"} & set(mappings(rule.get("annotations"))):
            yield Hit((*path, "alert"), f"cannot tell what {rule['alert']} means: it has neither summary nor description")


def _same_group_twice(subject: Subject) -> Iterator[Hit]:
    seen: set[str] = set()
    for path, name in each(subject.document, *groups_path(subject.document), "*", "name"):
        if str(name) in seen:
            yield Hit(path, f"cannot have two groups named {name} in one file: Prometheus refuses it")
        seen.add(str(name))


def _same_alert_twice(subject: Subject) -> Iterator[Hit]:
    seen: set[str] = set()
    for path, rule in _alerts(subject):
        identity = json.dumps([rule["alert"], rule.get("labels"), rule.get("expr")], sort_keys=True, default=str)
        if identity in seen:
            yield Hit(
                (*path, "alert"),
                f"cannot gain anything from {rule['alert']} written twice: name, labels and expression are the same",
            )
        seen.add(identity)


def _always_true(subject: Subject) -> Iterator[Hit]:
    for expression, tree in parsed(subject):
        if not expression.is_alert or any(calls(tree, "absent", "absent_over_time", "vector")):
            continue
        decides = any(operator(node) in COMPARISONS | _SET_OPERATORS for node, _ in nodes(tree))
        if not decides and not any(metric_name(node) == "ALERTS" for node, _ in nodes(tree) if _is_selector(node)):
            yield Hit(expression.path, "cannot be quiet: nothing is compared, so the alert fires for every series, even at 0")


def _is_selector(node: object) -> bool:
    return isinstance(node, promql_parser.VectorSelector)


def _label_that_is_gone(subject: Subject) -> Iterator[Hit]:
    for expression, tree in parsed(subject):
        kept = _labels_left(tree)
        if not expression.is_alert or kept is None:
            continue
        own = set(mappings(expression.owner.get("labels")))
        for name, text in mappings(expression.owner.get("annotations")).items():
            for first, second in _LABEL_USE.findall(str(text)):
                label = first or second
                if label not in kept | own | {"alertname"}:
                    path = (*expression.path[:-1], "annotations", name)
                    yield Hit(
                        path, f"cannot fill $labels.{label}: the expression keeps only {', '.join(sorted(kept)) or 'no label'}"
                    )


def _labels_left(node: object) -> set[str] | None:
    """The labels that a result can have, where the expression says so; None where it cannot be told."""
    node = bare(node)
    if isinstance(node, promql_parser.AggregateExpr):
        how, labels = grouping(node)
        if operator(node) in {"topk", "bottomk", "limitk", "limit_ratio"}:
            return None
        return set(labels) if how == "by" else set() if not how else None
    if isinstance(node, promql_parser.BinaryExpr) and operator(node) not in {"or"}:
        left, right = _labels_left(node.lhs), _labels_left(node.rhs)
        grouped = node.modifier is not None and "OneToOne" not in str(node.modifier.card)
        if isinstance(bare(node.lhs), promql_parser.NumberLiteral):
            return right
        return None if grouped and operator(node) not in _SET_OPERATORS else left
    if isinstance(node, promql_parser.VectorSelector) and metric_name(node) == "up":
        return None
    if isinstance(node, promql_parser.Call) and node.func.name == "histogram_quantile":
        inner = _labels_left(node.args[1])
        return None if inner is None else inner - {"le"}
    return None


def _target_label(subject: Subject) -> Iterator[Hit]:
    for expression, tree in parsed(subject):
        compared = bare(tree)
        if not expression.is_alert or operator(compared) not in COMPARISONS:
            continue
        left = bare(compared.lhs)
        if not _is_selector(left) or metric_name(left) != "up":
            continue
        known = {"job", "instance", *mappings(expression.owner.get("labels")), *(one.name for one in left.matchers.matchers)}
        for name, text in mappings(expression.owner.get("annotations")).items():
            for first, second in _LABEL_USE.findall(str(text)):
                if (label := first or second) not in known:
                    path = (*expression.path[:-1], "annotations", name)
                    yield Hit(
                        path,
                        f"cannot fill $labels.{label} from up: it has the labels of the target, by default job and instance",
                    )


def _recording_name(subject: Subject) -> Iterator[Hit]:
    for path, rule in each(subject.document, *groups_path(subject.document), "*", "rules", "*"):
        name = mappings(rule).get("record")
        if isinstance(name, str) and ":" not in name:
            yield Hit((*path, "record"), f"cannot tell {name} from a scraped metric: a recorded name has colons")


def _example(rule: str, expr: str = "up == 0", annotations: str = "summary: down", labels: str = "severity: page") -> str:
    return example(f"""
        groups:
          - name: shop
            rules:
              - {rule}
                expr: {expr}
                for: 5m
                labels: {{{labels}}}
                annotations:
                  {annotations}
    """)


_GOOD = _example("alert: ShopDown")

ALERT_RULES = (
    Rule(
        id="WK-RULE-001", kinds=(Kind.RULES,), severity=Severity.WARNING,
        what="An alert without for.",
        why="One failed scrape or one evaluation during a restart pages somebody.",
        fix="add for: 1m or longer, or for: 0s where the first evaluation shall be enough",
        check=_no_for, good=_GOOD,
        bad=_GOOD.replace("        for: 5m\n", ""),
    ),
    Rule(
        id="WK-RULE-002", kinds=(Kind.RULES,), severity=Severity.WARNING,
        what="An alert without a severity.",
        why="Routes and inhibition choose by severity; an alert without one lands on the default receiver.",
        fix="add labels: {severity: …}",
        check=_no_severity, good=_GOOD,
        bad=_example("alert: ShopDown", labels="team: shop"),
    ),
    Rule(
        id="WK-RULE-003", kinds=(Kind.RULES,), severity=Severity.INFO,
        what="An alert without summary and description.",
        why="The notification holds a name and labels, and the person on call starts by reading the expression.",
        fix="add annotations.summary",
        check=_no_annotation, good=_GOOD,
        bad=_example("alert: ShopDown", annotations="owner: shop"),
    ),
    Rule(
        id="WK-RULE-004", kinds=(Kind.RULES,), severity=Severity.ERROR,
        what="Two groups of one name in a file.",
        why="Prometheus refuses the whole file.",
        fix="rename one, or merge their rules",
        check=_same_group_twice, good=_GOOD,
        bad=_GOOD + _example("alert: ShopSlow", expr="up == 0").removeprefix("groups:\n"),
    ),
    Rule(
        id="WK-RULE-005", kinds=(Kind.RULES,), severity=Severity.WARNING,
        what="The same alert twice.",
        why="Alertmanager sees one alert, updated by two rules; one of them was meant to say something else.",
        fix="remove one, or correct its expression",
        check=_same_alert_twice, good=_GOOD,
        bad=_GOOD + "".join(_GOOD.splitlines(keepends=True)[3:]),
    ),
    Rule(
        id="WK-RULE-006", kinds=(Kind.RULES,), severity=Severity.WARNING,
        what="An alert whose expression compares nothing.",
        why="An alert fires for every series that its expression returns, whatever the value, so also for 0.",
        fix="compare with a threshold, as in … > 0",
        check=_always_true,
        good=_example("alert: ShopErrors", expr="rate(shop_errors_total[5m]) > 0"),
        bad=_example("alert: ShopErrors", expr="rate(shop_errors_total[5m])"),
    ),
    Rule(
        id="WK-RULE-007", kinds=(Kind.RULES,), severity=Severity.WARNING,
        what="A text that uses a label which the expression removes.",
        why="The notification says 'down on ' and stops there.",
        fix="add the label to by (…), or leave it out of the text",
        check=_label_that_is_gone,
        good=_example("alert: ShopErrors", expr="sum by (instance) (rate(shop_errors_total[5m])) > 1",
                      annotations='summary: "errors on {{ $labels.instance }}"'),
        bad=_example("alert: ShopErrors", expr="sum by (job) (rate(shop_errors_total[5m])) > 1",
                     annotations='summary: "errors on {{ $labels.instance }}"'),
    ),
    Rule(
        id="WK-RULE-008", kinds=(Kind.RULES,), severity=Severity.INFO,
        what="A text that expects more of up than a target has.",
        why="up has job, instance and whatever labels the scrape job adds. A container's or pod's name is not among them.",
        fix="use $labels.instance, or alert on a metric of the thing itself",
        check=_target_label,
        good=_example("alert: ContainersUnseen", expr='up{job="cadvisor"} == 0',
        annotations='summary: "{{ $labels.instance }} is down"'),
        bad=_example("alert: ContainersUnseen", expr='up{job="cadvisor"} == 0',
        annotations='summary: "{{ $labels.name }} is down"'),
    ),
    Rule(
        id="WK-RULE-009", kinds=(Kind.RULES,), severity=Severity.INFO,
        what="A recorded series without colons in its name.",
        why="Colons are kept for recorded names (level:metric:operation), so that a reader sees where a series comes from.",
        fix="name it like job:http_requests:rate5m",
        check=_recording_name,
        good=example("""
            groups:
              - name: shop
                rules:
                  - record: job:shop_orders:rate5m
                    expr: sum by (job) (rate(shop_orders_total[5m]))
        """),
        bad=example("""
            groups:
              - name: shop
                rules:
                  - record: shop_orders_rate
                    expr: sum by (job) (rate(shop_orders_total[5m]))
        """),
    ),
)  # fmt: skip
