"""Rules for ``prometheus.yml``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from watchkeeper.lint.rule import Hit, Kind, Rule, Severity, Subject, example
from watchkeeper.lint.walk import below, each, items, last_name, mappings, seconds

_VARIABLE = re.compile(r"\$\{[A-Za-z_]\w*\}|(?<!\$)\$[A-Z][A-Z0-9_]+\b")
_LOOKBACK_S = 300.0
_SECRET_KEYS = frozenset({"password", "credentials", "bearer_token", "client_secret", "secret_key"})


def _environment(subject: Subject) -> Iterator[Hit]:
    for path, value in below(subject.document.data):
        if path[:2] == ("global", "external_labels") or "relabel_configs" in path or "metric_relabel_configs" in path:
            continue
        if isinstance(value, str) and (found := _VARIABLE.search(value)):
            yield Hit(path, f"cannot expand {found[0]}: only external_labels are expanded, here the text is taken as it stands")


def _missing_rule_file(subject: Subject) -> Iterator[Hit]:
    for path, value in each(subject.document, "rule_files", "*"):
        if (
            isinstance(value, str)
            and not set("*?[") & set(value)
            and subject.around.exists(subject.document.file, value) is False
        ):
            yield Hit(path, f"cannot find the rule file {value}: Prometheus refuses to start")


def _timeout_over_interval(subject: Subject) -> Iterator[Hit]:
    data = subject.document.data
    default = mappings(data.get("global"))
    holders = [(("global",), default), *((path, mappings(job)) for path, job in each(subject.document, "scrape_configs", "*"))]
    for path, holder in holders:
        timeout_s = seconds(holder.get("scrape_timeout"))
        interval_s = seconds(holder.get("scrape_interval")) or seconds(default.get("scrape_interval")) or 60.0
        if timeout_s is not None and timeout_s > interval_s:
            yield Hit(
                (*path, "scrape_timeout"),
                f"cannot have a scrape timeout ({timeout_s:g} s) longer than the interval ({interval_s:g} s)",
            )


def _duplicate_jobs(subject: Subject) -> Iterator[Hit]:
    seen: set[str] = set()
    for path, name in each(subject.document, "scrape_configs", "*", "job_name"):
        if str(name) in seen:
            yield Hit(path, f"cannot have two jobs named {name}: Prometheus refuses to start")
        seen.add(str(name))


def _target_with_scheme(subject: Subject) -> Iterator[Hit]:
    for path, job in each(subject.document, "scrape_configs", "*"):
        if any(mappings(rule).get("target_label") == "__param_target" for rule in items(mappings(job).get("relabel_configs"))):
            continue  # such targets are handed to a prober, which wants the scheme
        for inner, target in below(job, path):
            if inner[-2:-1] == ("targets",) and isinstance(target, str) and "/" in target:
                yield Hit(inner, f"cannot scrape {target}: a target is host:port without scheme or path")


def _alertmanager_v1(subject: Subject) -> Iterator[Hit]:
    for path, value in each(subject.document, "alerting", "alertmanagers", "*", "api_version"):
        if value == "v1":
            yield Hit(path, "cannot use the Alertmanager API v1: Prometheus 3 refuses to start with it")


def _rules_without_alertmanager(subject: Subject) -> Iterator[Hit]:
    managers = items(mappings(subject.document.data.get("alerting")).get("alertmanagers"))
    if items(subject.document.data.get("rule_files")) and not managers:
        yield Hit(("rule_files",), "cannot tell anybody about alerts: there are rule files and no Alertmanager", key=True)


def _unchecked_certificate(subject: Subject) -> Iterator[Hit]:
    for path, value in below(subject.document.data):
        if path and path[-1] == "insecure_skip_verify" and value is True:
            yield Hit(path, "cannot know whom this connection reaches: the certificate is not checked")


def _long_interval(subject: Subject) -> Iterator[Hit]:
    for path, value in below(subject.document.data):
        interval_s = seconds(value) if path and path[-1] == "scrape_interval" else None
        if interval_s and interval_s * 2 > _LOOKBACK_S:
            yield Hit(
                path,
                f"cannot bridge one lost scrape: an instant query looks back 5 min, two intervals are {2 * interval_s:g} s",
            )


def _secret_in_file(subject: Subject) -> Iterator[Hit]:
    for path, value in below(subject.document.data):
        if path and last_name(path) in _SECRET_KEYS and isinstance(value, str) and value and not _VARIABLE.search(value):
            yield Hit(
                path,
                f"cannot keep {last_name(path)} secret: it stands in the configuration",
            )


PROMETHEUS_RULES = (
    Rule(
        id="WK-PROM-001", kinds=(Kind.PROMETHEUS,), severity=Severity.ERROR,
        what="An environment variable outside external_labels.",
        why="Prometheus expands variables in external_labels only. Everywhere else ${NAME} is used as it stands: as a "
            "host name, a password.",
        fix="render the file before Prometheus reads it, or use the *_file form of the key",
        check=_environment,
        good=example("""
            global:
              external_labels:
                cluster: ${CLUSTER}
        """),
        bad=example("""
            scrape_configs:
              - job_name: shop
                static_configs:
                  - targets: ["${SHOP_HOST}:8080"]
        """),
    ),
    Rule(
        id="WK-PROM-002", kinds=(Kind.PROMETHEUS,), severity=Severity.ERROR,
        what="A rule file that is named but does not exist.",
        why="A named rule file that is missing stops Prometheus; a pattern such as rules/*.yml may match nothing.",
        fix="create the file, or name a pattern",
        check=_missing_rule_file,
        good=example("""
            rule_files: ["rules/*.yml"]
            alerting:
              alertmanagers:
                - static_configs:
                    - targets: ["localhost:9093"]
        """),
        bad=example("""
            rule_files: ["rules/shop.yml"]
            alerting:
              alertmanagers:
                - static_configs:
                    - targets: ["localhost:9093"]
        """),
    ),
    Rule(
        id="WK-PROM-003", kinds=(Kind.PROMETHEUS,), severity=Severity.ERROR,
        what="A scrape timeout longer than its interval.",
        why="Prometheus refuses to load such a configuration.",
        fix="make the timeout at most as long as the interval",
        check=_timeout_over_interval,
        good=example("""
            global: {scrape_interval: 15s, scrape_timeout: 10s}
        """),
        bad=example("""
            global: {scrape_interval: 15s}
            scrape_configs:
              - job_name: slow
                scrape_timeout: 30s
        """),
    ),
    Rule(
        id="WK-PROM-004", kinds=(Kind.PROMETHEUS,), severity=Severity.ERROR,
        what="Two scrape jobs with one name.",
        why="Job names are unique; Prometheus refuses to load the file.",
        fix="rename one, or merge their targets",
        check=_duplicate_jobs,
        good=example("""
            scrape_configs:
              - job_name: shop
              - job_name: shop-canary
        """),
        bad=example("""
            scrape_configs:
              - job_name: shop
              - job_name: shop
        """),
    ),
    Rule(
        id="WK-PROM-005", kinds=(Kind.PROMETHEUS,), severity=Severity.ERROR,
        what="A target written as a URL.",
        why="A target is host:port; scheme and path have keys of their own. Prometheus drops or refuses the target.",
        fix="write host:port, and set scheme and metrics_path",
        check=_target_with_scheme,
        good=example("""
            scrape_configs:
              - job_name: shop
                scheme: https
                static_configs:
                  - targets: ["shop.internal:443"]
        """),
        bad=example("""
            scrape_configs:
              - job_name: shop
                static_configs:
                  - targets: ["https://shop.internal/metrics"]
        """),
    ),
    Rule(
        id="WK-PROM-006", kinds=(Kind.PROMETHEUS,), severity=Severity.ERROR, product="prometheus", since=(3, 0),
        what="Alertmanager API v1.",
        why="Prometheus 3 speaks only v2 and refuses a configuration that asks for v1.",
        fix="write api_version: v2, or leave it out; Alertmanager must be 0.16 or newer",
        check=_alertmanager_v1,
        good=example("""
            alerting:
              alertmanagers:
                - api_version: v2
        """),
        bad=example("""
            alerting:
              alertmanagers:
                - api_version: v1
        """),
    ),
    Rule(
        id="WK-PROM-007", kinds=(Kind.PROMETHEUS,), severity=Severity.WARNING,
        what="Rule files without an Alertmanager.",
        why="Alerts fire on a page that nobody looks at.",
        fix="add alerting.alertmanagers; a Prometheus for recording rules only can ignore this",
        check=_rules_without_alertmanager,
        good=example("""
            rule_files: ["rules/*.yml"]
            alerting:
              alertmanagers:
                - static_configs:
                    - targets: ["localhost:9093"]
        """),
        bad=example("""
            rule_files: ["rules/*.yml"]
        """),
    ),
    Rule(
        id="WK-PROM-008", kinds=(Kind.PROMETHEUS,), severity=Severity.WARNING,
        what="A certificate that is not checked.",
        why="Anybody between Prometheus and the target can read the credentials and invent the figures.",
        fix="name the authority with ca_file, or the expected server_name",
        check=_unchecked_certificate,
        good=example("""
            scrape_configs:
              - job_name: shop
                tls_config: {ca_file: /etc/ssl/internal.pem}
        """),
        bad=example("""
            scrape_configs:
              - job_name: shop
                tls_config: {insecure_skip_verify: true}
        """),
    ),
    Rule(
        id="WK-PROM-009", kinds=(Kind.PROMETHEUS,), severity=Severity.WARNING,
        what="A scrape interval longer than half of the lookback.",
        why="An instant query sees samples of the last 5 minutes. With more than 2m30s between scrapes one lost scrape "
            "makes the series vanish.",
        fix="use at most 2m, or raise --query.lookback-delta",
        check=_long_interval,
        good=example("""
            global: {scrape_interval: 1m}
        """),
        bad=example("""
            global: {scrape_interval: 5m}
        """),
    ),
    Rule(
        id="WK-PROM-010", kinds=(Kind.PROMETHEUS,), severity=Severity.WARNING,
        what="A secret in the configuration.",
        why="The file is copied, backed up and put under version control; the secret with it.",
        fix="use the *_file form (password_file, credentials_file), with a file only Prometheus can read",
        check=_secret_in_file,
        good=example("""
            scrape_configs:
              - job_name: shop
                basic_auth: {username: prometheus, password_file: /run/secrets/shop}
        """),
        bad=example("""
            scrape_configs:
              - job_name: shop
                basic_auth: {username: prometheus, password: correct-horse}
        """),
    ),
)  # fmt: skip
