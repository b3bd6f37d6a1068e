"""Rules for the scrape jobs of ``prometheus.yml``: federation, probes, exporters, and whether targets can exist."""

from __future__ import annotations

import re
from collections.abc import Iterator

from watchkeeper.lint.rule import Hit, Kind, Rule, Severity, Subject, example
from watchkeeper.lint.walk import below, each, items, mappings


def _federation_labels(subject: Subject) -> Iterator[Hit]:
    for path, job in each(subject.document, "scrape_configs", "*"):
        if mappings(job).get("metrics_path") == "/federate" and mappings(job).get("honor_labels") is not True:
            yield Hit(
                (*path, "metrics_path"), "cannot keep the federated labels: without honor_labels job and instance are renamed"
            )


def _classic_histograms(subject: Subject) -> Iterator[Hit]:
    for path, _ in below(subject.document.data):
        if path and path[-1] == "scrape_classic_histograms":
            yield Hit(path, "cannot use scrape_classic_histograms: Prometheus 3 refuses the key", key=True)


def _probe_target(subject: Subject) -> Iterator[Hit]:
    for path, job in each(subject.document, "scrape_configs", "*"):
        settings = mappings(job)
        labels = {mappings(rule).get("target_label") for rule in items(settings.get("relabel_configs"))}
        if (
            settings.get("metrics_path") == "/probe"
            and "__param_target" not in labels
            and "target" not in mappings(settings.get("params"))
        ):
            yield Hit(
                (*path, "metrics_path"),
                "cannot probe anything: no relabelling hands the target to the prober as __param_target",
            )


def _rabbitmq_twice(subject: Subject) -> Iterator[Hit]:
    paths: dict[str, set[str]] = {}
    for path, job in each(subject.document, "scrape_configs", "*"):
        metrics_path = str(mappings(job).get("metrics_path", "/metrics"))
        for inner, target in below(job, path):
            if inner[-2:-1] == ("targets",) and isinstance(target, str) and target.endswith(":15692"):
                seen = paths.setdefault(target, set())
                seen.add(metrics_path)
                if "/metrics" in seen and "/metrics/per-object" in seen:
                    yield Hit(
                        inner, f"cannot sum queues of {target} correctly: /metrics and /metrics/per-object count the same twice"
                    )


def _unknown_host(subject: Subject) -> Iterator[Hit]:
    services = subject.around.services
    if services is None:
        return
    for path, value in below(subject.document.data):
        if path[-2:-1] != ("targets",) or not isinstance(value, str) or "/" in value:
            continue
        host = value.rsplit(":", 1)[0]
        if re.fullmatch(r"[A-Za-z][\w-]*", host) and host != "localhost" and host not in services:
            yield Hit(path, f"cannot reach {host}: the Compose files of this run have no such service")


SCRAPE_JOB_RULES = (
    Rule(
        id="WK-PROM-011", kinds=(Kind.PROMETHEUS,), severity=Severity.WARNING,
        what="Federation without honor_labels.",
        why="job and instance of the federated series become exported_job and exported_instance, and rules stop matching.",
        fix="write honor_labels: true",
        check=_federation_labels,
        good=example("""
            scrape_configs:
              - job_name: federate
                metrics_path: /federate
                honor_labels: true
        """),
        bad=example("""
            scrape_configs:
              - job_name: federate
                metrics_path: /federate
        """),
    ),
    Rule(
        id="WK-PROM-012", kinds=(Kind.PROMETHEUS,), severity=Severity.ERROR, product="prometheus", since=(3, 0),
        what="The key scrape_classic_histograms.",
        why="Prometheus 3 renamed it to always_scrape_classic_histograms and refuses the old key.",
        fix="rename it",
        check=_classic_histograms,
        good=example("""
            scrape_configs:
              - job_name: shop
                always_scrape_classic_histograms: true
        """),
        bad=example("""
            scrape_configs:
              - job_name: shop
                scrape_classic_histograms: true
        """),
    ),
    Rule(
        id="WK-PROM-013", kinds=(Kind.PROMETHEUS,), severity=Severity.ERROR,
        what="A probe job that hands no target to its prober.",
        why="Without __param_target the blackbox exporter is asked to probe nothing, and answers with an error for each "
            "target.",
        fix="relabel __address__ to __param_target, and set __address__ to the exporter",
        check=_probe_target,
        good=example("""
            scrape_configs:
              - job_name: probe
                metrics_path: /probe
                static_configs:
                  - targets: ["https://shop.internal"]
                relabel_configs:
                  - {source_labels: [__address__], target_label: __param_target}
                  - {target_label: __address__, replacement: "localhost:9115"}
        """),
        bad=example("""
            scrape_configs:
              - job_name: probe
                metrics_path: /probe
                static_configs:
                  - targets: ["shop.internal"]
        """),
    ),
    Rule(
        id="WK-PROM-014", kinds=(Kind.PROMETHEUS,), severity=Severity.WARNING,
        what="RabbitMQ scraped at /metrics and at /metrics/per-object.",
        why="Both expose the same metric names, one aggregated and one for each queue: sums are doubled.",
        fix="scrape one of them, or /metrics/detailed with the families you need",
        check=_rabbitmq_twice,
        good=example("""
            scrape_configs:
              - job_name: rabbitmq
                metrics_path: /metrics/per-object
                static_configs:
                  - targets: ["localhost:15692"]
        """),
        bad=example("""
            scrape_configs:
              - job_name: rabbitmq
                static_configs:
                  - targets: ["localhost:15692"]
              - job_name: rabbitmq-queues
                metrics_path: /metrics/per-object
                static_configs:
                  - targets: ["localhost:15692"]
        """),
    ),
    Rule(
        id="WK-PROM-015", kinds=(Kind.PROMETHEUS,), severity=Severity.WARNING,
        what="A target that no service of the Compose file answers for.",
        why="The job is down from the first minute, and its alert is soon ignored.",
        fix="add the service (often the exporter was forgotten), or remove the job",
        check=_unknown_host,
        good=example("""
            scrape_configs:
              - job_name: redis
                static_configs:
                  - targets: ["redis-exporter:9121"]
            ---
            services:
              redis-exporter:
                image: oliver006/redis_exporter:v1.89.0
        """),
        bad=example("""
            scrape_configs:
              - job_name: redis
                static_configs:
                  - targets: ["redis-exporter:9121"]
            ---
            services:
              redis:
                image: redis:8.8
        """),
    ),
)  # fmt: skip
