"""Rules for Grafana's provisioning files: data sources, dashboard providers, alerting."""

from __future__ import annotations

import re
from collections.abc import Iterator

from watchkeeper.lint.rule import Hit, Kind, Rule, Severity, Subject, example
from watchkeeper.lint.walk import each, mappings

_LABEL = re.compile(r"(?<!\$)\$(?:labels|values)\b")
_OPEN_SECRETS = ("password", "basicAuthPassword")


def _no_uid(subject: Subject) -> Iterator[Hit]:
    for path, source in each(subject.document, "datasources", "*"):
        if "uid" not in mappings(source):
            yield Hit(path, f"cannot refer to the data source {mappings(source).get('name', '')} reliably: it has no uid")


def _same_uid(subject: Subject) -> Iterator[Hit]:
    seen: set[str] = set()
    for path, uid in each(subject.document, "datasources", "*", "uid"):
        if str(uid) in seen:
            yield Hit(path, f"cannot give the uid {uid} to two data sources")
        seen.add(str(uid))


def _two_defaults(subject: Subject) -> Iterator[Hit]:
    defaults = [
        (path, source)
        for path, source in each(subject.document, "datasources", "*")
        if mappings(source).get("isDefault") is True
    ]
    by_org: set[str] = set()
    for path, source in defaults:
        org = str(mappings(source).get("orgId", 1))
        if org in by_org:
            yield Hit(
                (*path, "isDefault"), "cannot have two default data sources in one organisation: Grafana refuses the file"
            )
        by_org.add(org)


def _browser_access(subject: Subject) -> Iterator[Hit]:
    for path, access in each(subject.document, "datasources", "*", "access"):
        if access in {"direct", "browser"}:
            yield Hit(path, "cannot use access from the browser: data sources are reached through Grafana's server")


def _open_secret(subject: Subject) -> Iterator[Hit]:
    for path, source in each(subject.document, "datasources", "*"):
        for holder, settings in ((path, mappings(source)), ((*path, "jsonData"), mappings(mappings(source).get("jsonData")))):
            for key in _OPEN_SECRETS:
                if settings.get(key):
                    yield Hit(
                        (*holder, key),
                        f"cannot use {key} here: outside secureJsonData it is stored and shown in the clear, or ignored",
                    )


def _localhost(subject: Subject) -> Iterator[Hit]:
    if subject.around.services is None:
        return
    for path, url in each(subject.document, "datasources", "*", "url"):
        if re.match(r"https?://(?:localhost|127\.0\.0\.1)\b", str(url)):
            yield Hit(path, "cannot reach this from a container: localhost is Grafana's own container")


def _template_labels(subject: Subject) -> Iterator[Hit]:
    for path, rule in each(subject.document, "groups", "*", "rules", "*"):
        for section in ("labels", "annotations"):
            for name, text in mappings(mappings(rule).get(section)).items():
                if _LABEL.search(str(text)):
                    yield Hit(
                        (*path, section, name),
                        "cannot keep $labels here: Grafana takes it for an environment variable and removes it",
                    )


def _edits_lost(subject: Subject) -> Iterator[Hit]:
    for path, allowed in each(subject.document, "providers", "*", "allowUiUpdates"):
        if allowed is True:
            yield Hit(path, "cannot keep what is saved in the browser: the next change of the file replaces it")


def _no_path(subject: Subject) -> Iterator[Hit]:
    for path, provider in each(subject.document, "providers", "*"):
        settings = mappings(provider)
        if settings.get("type", "file") == "file" and not mappings(settings.get("options")).get("path"):
            yield Hit(path, "cannot load dashboards: options.path is missing")


def _source(extra: str = "uid: prometheus", more: str = "") -> str:
    return (
        f"apiVersion: 1\ndatasources:\n  - "
        f"{{name: Prometheus, type: prometheus, access: proxy, url: 'http://prometheus:9090', {extra}}}\n{more}"
    )


def _provider(options: str) -> str:
    return f"apiVersion: 1\nproviders:\n  - {{name: default, type: file, {options}}}\n"


def _alerting(text: str) -> str:
    return example(f"""
        apiVersion: 1
        groups:
          - name: shop
            folder: shop
            rules:
              - uid: shop-down
                title: shop is down
                labels: {{service: '{text}'}}
    """)


_LOKI = "  - {name: Loki, type: loki, url: 'http://loki:3100', uid: %s}\n"
_COMPOSE = "---\nservices: {prometheus: {image: 'prom/prometheus:v3.5.0'}}\n"

GRAFANA_RULES = (
    Rule(
        id="WK-GRAFANA-001", kinds=(Kind.GRAFANA,), severity=Severity.WARNING,
        what="A data source without uid.",
        why="Grafana invents one for each installation, and dashboards that name it are empty on the next.",
        fix="give it a fixed uid, and never change it",
        check=_no_uid, good=_source(), bad=_source("isDefault: true"),
    ),
    Rule(
        id="WK-GRAFANA-002", kinds=(Kind.GRAFANA,), severity=Severity.ERROR,
        what="Two data sources with one uid.",
        why="The second replaces the first, or provisioning fails.",
        fix="give each its own uid",
        check=_same_uid, good=_source(more=_LOKI % "loki"), bad=_source(more=_LOKI % "prometheus"),
    ),
    Rule(
        id="WK-GRAFANA-003", kinds=(Kind.GRAFANA,), severity=Severity.ERROR,
        what="Two default data sources.",
        why="Grafana refuses to provision, and does not start.",
        fix="keep isDefault: true at one of them",
        check=_two_defaults, good=_source("uid: prometheus, isDefault: true"),
        bad=_source("uid: prometheus, isDefault: true", _LOKI % "loki, isDefault: true"),
    ),
    Rule(
        id="WK-GRAFANA-004", kinds=(Kind.GRAFANA,), severity=Severity.WARNING,
        what="Access from the browser.",
        why="Deprecated, and removed for most data sources; it also hands the address and credentials to every viewer.",
        fix="write access: proxy",
        check=_browser_access, good=_source(), bad=_source().replace("access: proxy", "access: direct"),
    ),
    Rule(
        id="WK-GRAFANA-005", kinds=(Kind.GRAFANA,), severity=Severity.ERROR,
        what="A password outside secureJsonData.",
        why="Only secureJsonData is encrypted and hidden; elsewhere the password is readable, or not read at all.",
        fix="move it to secureJsonData, as in basicAuthPassword: $__file{/run/secrets/name}",
        check=_open_secret,
        good=_source("uid: prometheus, basicAuth: true, secureJsonData: {basicAuthPassword: '$__file{/run/secrets/p}'}"),
        bad=_source("uid: prometheus, basicAuth: true, basicAuthPassword: correct-horse"),
    ),
    Rule(
        id="WK-GRAFANA-006", kinds=(Kind.GRAFANA,), severity=Severity.WARNING,
        what="localhost as a data source beside a Compose file.",
        why="Inside the container localhost is Grafana itself.",
        fix="name the service, as in http://prometheus:9090",
        check=_localhost, good=_source() + _COMPOSE, bad=_source().replace("prometheus:9090", "localhost:9090") + _COMPOSE,
    ),
    Rule(
        id="WK-GRAFANA-007", kinds=(Kind.GRAFANA,), severity=Severity.ERROR,
        what="$labels in alert provisioning.",
        why="Provisioning files are expanded like a shell would: $labels becomes nothing before the template is read.",
        fix="write $$labels and $$values",
        check=_template_labels, good=_alerting("{{ $$labels.service }}"), bad=_alerting("{{ $labels.service }}"),
    ),
    Rule(
        id="WK-GRAFANA-008", kinds=(Kind.GRAFANA,), severity=Severity.WARNING,
        what="Provisioned dashboards that can be saved in the browser.",
        why="The saved version lives in the database only; when the file changes Grafana replaces it without asking.",
        fix="remove allowUiUpdates, and change the file",
        check=_edits_lost, good=_provider("options: {path: /var/lib/dashboards}"),
        bad=_provider("allowUiUpdates: true, options: {path: /var/lib/dashboards}"),
    ),
    Rule(
        id="WK-GRAFANA-009", kinds=(Kind.GRAFANA,), severity=Severity.ERROR,
        what="A dashboard provider without a path.",
        why="It provides nothing.",
        fix="set options.path",
        check=_no_path, good=_provider("options: {path: /var/lib/dashboards}"),
        bad=_provider("options: {foldersFromFilesStructure: true}"),
    ),
)  # fmt: skip
