"""Rules about PromQL itself, in rule files and in dashboards."""

from __future__ import annotations

import re
from collections.abc import Iterator

import promql_parser

from watchkeeper.lint.promql import (
    COMPARISONS,
    RATES,
    bare,
    calls,
    expressions,
    grouping,
    has_variables,
    matchers,
    metric_name,
    nodes,
    operator,
    parsed,
    selectors,
)
from watchkeeper.lint.rule import Hit, Kind, Rule, Severity, Subject, example

_BOTH = (Kind.RULES, Kind.DASHBOARD)
_ASSUMED_INTERVAL_S = 15.0
_GAUGE_ENDINGS = ("_ratio", "_percent", "_celsius", "_bytes", "_info", "_timestamp_seconds")
_OLD_FUNCTION = re.compile(r"unknown function with name 'holt_winters'")
_COUNTING = frozenset({"count", "group", "count_values"})
_FINE_ON_COUNTERS = RATES | {"absent", "absent_over_time", "present_over_time", "timestamp", "count_over_time", "changes"}


def _does_not_parse(subject: Subject) -> Iterator[Hit]:
    for expression in expressions(subject):
        if expression.problem and not _OLD_FUNCTION.search(expression.problem):
            if subject.kind is Kind.DASHBOARD and has_variables(expression.text):
                continue
            yield Hit(expression.path, f"cannot parse this expression: {expression.problem}")


def _holt_winters(subject: Subject) -> Iterator[Hit]:
    for expression in expressions(subject):
        if _OLD_FUNCTION.search(expression.problem):
            yield Hit(expression.path, "cannot call holt_winters: Prometheus 3 has no function of that name")


def _short_range(subject: Subject) -> Iterator[Hit]:
    known_s = subject.around.scrape_interval_s
    interval_s = known_s or _ASSUMED_INTERVAL_S
    for expression, tree in parsed(subject):
        if "$__" in expression.text:
            continue
        for call, _ in calls(tree, "rate", "irate", "increase"):
            matrix = call.args[0]
            if isinstance(matrix, promql_parser.MatrixSelector) and matrix.range.total_seconds() < 2 * interval_s:
                source = "the configured" if known_s else "an assumed"
                yield Hit(expression.path,
                          f"cannot compute {call.func.name} over {matrix.range.total_seconds():g} s: it takes two samples, "
                          f"and with {source} interval of {interval_s:g} s there is often one")  # fmt: skip


def _narrow_range(subject: Subject) -> Iterator[Hit]:
    interval_s = subject.around.scrape_interval_s
    for expression, tree in parsed(subject):
        for call, _ in calls(tree, "rate", "increase"):
            matrix = call.args[0]
            if interval_s and isinstance(matrix, promql_parser.MatrixSelector) and "$__" not in expression.text:
                range_s = matrix.range.total_seconds()
                if 2 * interval_s <= range_s < 4 * interval_s:
                    yield Hit(
                        expression.path,
                        f"cannot survive one lost scrape: {range_s:g} s hold {range_s / interval_s:.0f} samples",
                    )


def _bare_counter(subject: Subject) -> Iterator[Hit]:
    for expression, tree in parsed(subject):
        if not expression.is_alert:
            continue
        for _, name, ancestors in selectors(tree):
            if not name.endswith("_total") or name == "node_memory_MemTotal_bytes":
                continue
            functions = {node.func.name for node in ancestors if isinstance(node, promql_parser.Call)}
            counted = {operator(node) for node in ancestors if isinstance(node, promql_parser.AggregateExpr)} & _COUNTING
            compared = any(operator(node) in COMPARISONS for node in ancestors)
            if compared and not functions & _FINE_ON_COUNTERS and not counted:
                yield Hit(
                    expression.path,
                    f"cannot compare the counter {name} as it is: it only grows, and starts at 0 after a restart",
                )


def _rate_of_gauge(subject: Subject) -> Iterator[Hit]:
    for expression, tree in parsed(subject):
        for call, _ in calls(tree, "rate", "irate", "increase"):
            for _, name, _ in selectors(call):
                if name.endswith(_GAUGE_ENDINGS) and not name.startswith("pg_stat_"):  # counters of postgres_exporter
                    yield Hit(
                        expression.path,
                        f"cannot take {call.func.name} of {name}: by its name a gauge; each fall would count as a restart",
                    )


def _statement_time(subject: Subject) -> Iterator[Hit]:
    for expression, tree in parsed(subject):
        if any(name == "pg_stat_statements_mean_time_seconds" for _, name, _ in selectors(tree)):
            yield Hit(expression.path, "cannot find pg_stat_statements_mean_time_seconds: postgres_exporter has no such metric")


def _replication_slots(subject: Subject) -> Iterator[Hit]:
    for expression, tree in parsed(subject):
        for _, name, _ in selectors(tree):
            if name.startswith("pg_replication_slot_"):
                yield Hit(
                    expression.path, f"cannot find {name}: postgres_exporter 0.20 calls these metrics pg_replication_slots_…"
                )


def _absent_job(subject: Subject) -> Iterator[Hit]:
    for expression, tree in parsed(subject):
        for call, _ in calls(tree, "absent", "absent_over_time"):
            for selector, _, _ in selectors(call):
                for label, op, value in matchers(selector):
                    if label != "job" or op != "=" or not expression.is_alert:
                        continue
                    if subject.around.jobs is not None and value not in subject.around.jobs:
                        yield Hit(expression.path, f"cannot ever be quiet: no scrape job of this run is named {value}")


def _integer_bucket(subject: Subject) -> Iterator[Hit]:
    for expression, tree in parsed(subject):
        for selector, _, _ in selectors(tree):
            for label, op, value in matchers(selector):
                if label in {"le", "quantile"} and op in {"=", "!="} and value.isdigit():
                    yield Hit(expression.path, f'cannot match {label}="{value}": Prometheus 3 stores it as {label}="{value}.0"')


def _aufs(subject: Subject) -> Iterator[Hit]:
    for expression, tree in parsed(subject):
        for selector, _, _ in selectors(tree):
            if ("fstype", "=", "aufs") in matchers(selector):
                yield Hit(expression.path, 'cannot match anything with fstype="aufs": Docker has used overlay2 since 2018')


def _quantile_without_le(subject: Subject) -> Iterator[Hit]:
    for expression, tree in parsed(subject):
        for call, _ in calls(tree, "histogram_quantile"):
            inner = bare(call.args[1])
            if isinstance(inner, promql_parser.AggregateExpr) and any(
                name.endswith("_bucket") for _, name, _ in selectors(inner)
            ):
                how, labels = grouping(inner)
                if (how != "without" and "le" not in labels) or (how == "without" and "le" in labels):
                    yield Hit(expression.path, "cannot compute a quantile: the aggregation removes le")


def _quantile_of_totals(subject: Subject) -> Iterator[Hit]:
    for expression, tree in parsed(subject):
        for call, _ in calls(tree, "histogram_quantile"):
            for _, name, ancestors in selectors(call.args[1]):
                if name.endswith("_bucket") and not any(isinstance(node, promql_parser.Call) for node in ancestors):
                    yield Hit(
                        expression.path, f"cannot show what is slow now: {name} without rate counts everything since the start"
                    )


def _redis_without_limit(subject: Subject) -> Iterator[Hit]:
    for expression, tree in parsed(subject):
        guarded = any(
            operator(node) in COMPARISONS and metric_name(bare(node.lhs)) == "redis_memory_max_bytes"
            for node, _ in nodes(tree)
            if isinstance(node, promql_parser.BinaryExpr) and isinstance(bare(node.lhs), promql_parser.VectorSelector)
        )
        for node, _ in nodes(tree):
            divisor = bare(node.rhs) if operator(node) == "/" else None
            if (
                isinstance(divisor, promql_parser.VectorSelector)
                and metric_name(divisor) == "redis_memory_max_bytes"
                and not guarded
            ):
                yield Hit(
                    expression.path,
                    "cannot divide by redis_memory_max_bytes: it is 0 where no limit is set, and the share infinite",
                )


def _certificate_gone(subject: Subject) -> Iterator[Hit]:
    for expression, tree in parsed(subject):
        for _, name, ancestors in selectors(tree):
            over_time = any(
                isinstance(node, promql_parser.Call) and node.func.name.endswith("_over_time") for node in ancestors
            )
            if name == "probe_ssl_earliest_cert_expiry" and expression.is_alert and not over_time:
                yield Hit(expression.path, "cannot see an expired certificate: the probe fails then, and the metric vanishes")


def _needless_regex(subject: Subject) -> Iterator[Hit]:
    for expression, tree in parsed(subject):
        for selector, _, _ in selectors(tree):
            for label, op, value in matchers(selector):
                if op == "=~" and re.fullmatch(r"[45]", value) and label in {"status", "code", "status_code"}:
                    yield Hit(expression.path, f'cannot match 500 with {label}=~"{value}": a regex must match the whole value')


def _subquery_point(subject: Subject) -> Iterator[Hit]:
    for expression, tree in parsed(subject):
        for node, ancestors in nodes(tree):
            inside = any(isinstance(one, promql_parser.Call) and one.func.name in RATES for one in ancestors)
            step_s = (
                node.step.total_seconds() if isinstance(node, promql_parser.SubqueryExpr) and node.step is not None else 0.0
            )
            if inside and step_s and node.range.total_seconds() <= step_s:
                yield Hit(
                    expression.path, "cannot compute a rate of one point: Prometheus 3 leaves out the left end of a range"
                )


def _alert(expr: str) -> str:
    return example(f"""
        groups:
          - name: shop
            rules:
              - alert: Shop
                expr: {expr}
                for: 5m
                labels: {{severity: page}}
                annotations: {{summary: shop}}
    """)


_JOBS = "scrape_configs:\n  - job_name: shop\n---\n"
_FAST = "global: {scrape_interval: 30s}\n---\n"

EXPRESSION_RULES = (
    Rule(
        id="WK-PROMQL-001", kinds=_BOTH, severity=Severity.ERROR,
        what="An expression that does not parse.",
        why="Prometheus refuses the whole rule file; a dashboard shows an error instead of a panel.",
        fix="correct the expression",
        check=_does_not_parse, good=_alert("rate(shop_errors_total[5m]) > 1"), bad=_alert("rate(shop_errors_total[5m] > 1"),
    ),
    Rule(
        id="WK-PROMQL-002", kinds=_BOTH, severity=Severity.ERROR, product="prometheus", since=(3, 0),
        what="The function holt_winters.",
        why="Prometheus 3 renamed it to double_exponential_smoothing, behind --enable-feature=promql-experimental-functions.",
        fix="rename it and switch on the feature, or use avg_over_time",
        check=_holt_winters, good=_alert("avg_over_time(shop_load[1h]) > 1"),
        bad=_alert("holt_winters(shop_load[1h], 0.5, 0.5) > 1"),
    ),
    Rule(
        id="WK-PROMQL-003", kinds=_BOTH, severity=Severity.WARNING,
        what="A rate over less than two scrapes.",
        why="rate takes at least two samples in its range. With fewer it gives nothing, and an alert on nothing never fires.",
        fix="use a range of at least four scrape intervals",
        check=_short_range, good=_FAST + _alert("rate(shop_errors_total[2m]) > 1"),
        bad=_FAST + _alert("rate(shop_errors_total[30s]) > 1"),
    ),
    Rule(
        id="WK-PROMQL-004", kinds=_BOTH, severity=Severity.INFO,
        what="A rate over less than four scrapes.",
        why="One lost scrape leaves a gap; four intervals are the usual advice.",
        fix="use a range of at least four scrape intervals",
        check=_narrow_range, good=_FAST + _alert("rate(shop_errors_total[2m]) > 1"),
        bad=_FAST + _alert("rate(shop_errors_total[1m]) > 1"),
    ),
    Rule(
        id="WK-PROMQL-005", kinds=(Kind.RULES,), severity=Severity.WARNING,
        what="A counter compared without rate or increase.",
        why="The alert stays on for ever once the threshold is passed, and goes off when the process restarts.",
        fix="compare rate(…[5m]) or increase(…[1h])",
        check=_bare_counter, good=_alert("increase(shop_errors_total[1h]) > 10"), bad=_alert("shop_errors_total > 10"),
    ),
    Rule(
        id="WK-PROMQL-006", kinds=_BOTH, severity=Severity.WARNING,
        what="rate of a gauge.",
        why="rate treats every fall as a restart of a counter, so that the result is far too large.",
        fix="use deriv or delta, or take the counter that is meant",
        check=_rate_of_gauge, good=_alert("deriv(process_resident_memory_bytes[1h]) > 1"),
        bad=_alert("rate(process_resident_memory_bytes[1h]) > 1"),
    ),
    Rule(
        id="WK-PROMQL-007", kinds=_BOTH, severity=Severity.ERROR,
        what="pg_stat_statements_mean_time_seconds.",
        why="postgres_exporter's collector has totals only (…_seconds_total, …_calls_total), and is off by default. The "
            "alert can never fire.",
        fix="divide rate(pg_stat_statements_seconds_total[5m]) by rate(pg_stat_statements_calls_total[5m]), with "
            "--collector.stat_statements",
        check=_statement_time,
        good=_alert("rate(pg_stat_statements_seconds_total[5m]) / rate(pg_stat_statements_calls_total[5m]) > 0.005"),
        bad=_alert("pg_stat_statements_mean_time_seconds > 0.005"),
    ),
    Rule(
        id="WK-PROMQL-008", kinds=_BOTH, severity=Severity.WARNING, product="postgres_exporter", since=(0, 20),
        what="pg_replication_slot_… metrics.",
        why="postgres_exporter 0.20 renamed them to pg_replication_slots_….",
        fix="rename the metric in the expression",
        check=_replication_slots, good=_alert("pg_replication_slots_active == 0"),
        bad=_alert("pg_replication_slot_is_active == 0"),
    ),
    Rule(
        id="WK-PROMQL-009", kinds=(Kind.RULES,), severity=Severity.WARNING,
        what="absent() of a job that is not scraped.",
        why="The alert fires from the first minute on, until nobody reads it any more.",
        fix="name a job of the Prometheus configuration, or remove the alert where the job is optional",
        check=_absent_job, good=_JOBS + _alert('absent(up{job="shop"})'), bad=_JOBS + _alert('absent(up{job="kafka"})'),
    ),
    Rule(
        id="WK-PROMQL-010", kinds=_BOTH, severity=Severity.WARNING, product="prometheus", since=(3, 0),
        what="An integer bucket or quantile in a matcher.",
        why='Prometheus 3 writes le="1.0" whatever the target sends; le="1" matches nothing that is scraped from now on.',
        fix='write le=~"1(\\\\.0)?" while old data is there, later le="1.0"',
        check=_integer_bucket, good=_alert("rate(shop_seconds_bucket{le='1.0'}[5m]) > 1"),
        bad=_alert("rate(shop_seconds_bucket{le='1'}[5m]) > 1"),
    ),
    Rule(
        id="WK-PROMQL-011", kinds=_BOTH, severity=Severity.INFO,
        what='A filter for fstype="aufs".',
        why="Copied from old dashboards; no machine of today has such a file system, so the panel or alert is empty.",
        fix='filter by mountpoint, or exclude with fstype!~"tmpfs|overlay"',
        check=_aufs, good=_alert("node_filesystem_free_bytes{mountpoint='/'} < 1"),
        bad=_alert("node_filesystem_free_bytes{fstype='aufs'} < 1"),
    ),
    Rule(
        id="WK-PROMQL-012", kinds=_BOTH, severity=Severity.ERROR,
        what="histogram_quantile over an aggregation without le.",
        why="The quantile is computed from the buckets, which le tells apart; without it the result is empty.",
        fix="add le to by (…)",
        check=_quantile_without_le,
        good=_alert("histogram_quantile(0.95, sum by (job, le) (rate(shop_seconds_bucket[5m]))) > 1"),
        bad=_alert("histogram_quantile(0.95, sum by (job) (rate(shop_seconds_bucket[5m]))) > 1"),
    ),
    Rule(
        id="WK-PROMQL-013", kinds=_BOTH, severity=Severity.WARNING,
        what="histogram_quantile without rate.",
        why="The buckets count since the process started: the figure hardly moves, however slow things are now.",
        fix="put rate(…[5m]) around the buckets",
        check=_quantile_of_totals,
        good=_alert("histogram_quantile(0.95, rate(shop_seconds_bucket[5m])) > 1"),
        bad=_alert("histogram_quantile(0.95, shop_seconds_bucket) > 1"),
    ),
    Rule(
        id="WK-PROMQL-014", kinds=_BOTH, severity=Severity.WARNING,
        what="A share of redis_memory_max_bytes without a guard.",
        why="The metric is 0 where maxmemory is not set; the share is then +Inf and above any threshold.",
        fix="divide by (redis_memory_max_bytes > 0)",
        check=_redis_without_limit,
        good=_alert("redis_memory_used_bytes / (redis_memory_max_bytes > 0) > 0.9"),
        bad=_alert("redis_memory_used_bytes / redis_memory_max_bytes > 0.9"),
    ),
    Rule(
        id="WK-PROMQL-015", kinds=(Kind.RULES,), severity=Severity.INFO,
        what="A certificate alert that ends when the certificate does.",
        why="After expiry the handshake fails and probe_ssl_earliest_cert_expiry is gone: the alert resolves at the "
            "worst moment.",
        fix="use last_over_time(probe_ssl_earliest_cert_expiry[1d]), or insecure_skip_verify in the prober's module",
        check=_certificate_gone,
        good=_alert("last_over_time(probe_ssl_earliest_cert_expiry[1d]) - time() < 604800"),
        bad=_alert("probe_ssl_earliest_cert_expiry - time() < 604800"),
    ),
    Rule(
        id="WK-PROMQL-016", kinds=_BOTH, severity=Severity.WARNING,
        what="A regex for a status code that matches one digit.",
        why='Regexes in PromQL are anchored at both ends: "5" does not match 500.',
        fix='write =~"5.."',
        check=_needless_regex, good=_alert("rate(shop_requests_total{status=~'5..'}[5m]) > 1"),
        bad=_alert("rate(shop_requests_total{status=~'5'}[5m]) > 1"),
    ),
    Rule(
        id="WK-PROMQL-017", kinds=_BOTH, severity=Severity.WARNING, product="prometheus", since=(3, 0),
        what="A subquery whose range is one step.",
        why="Ranges are left-open since Prometheus 3: foo[1m:1m] holds one point where it held two, and rate gives nothing.",
        fix="use a range of at least two steps",
        check=_subquery_point, good=_alert("rate(shop_orders_total[5m:1m]) > 1"),
        bad=_alert("rate(shop_orders_total[1m:1m]) > 1"),
    ),
)  # fmt: skip
