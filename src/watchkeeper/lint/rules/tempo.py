"""Rules for Tempo's configuration."""

from __future__ import annotations

from collections.abc import Iterator

from watchkeeper.lint.rule import Hit, Kind, Rule, Severity, Subject
from watchkeeper.lint.walk import below, each, mappings

_REMOVED_BLOCKS = ("ingester", "ingester_client", "compactor", "metrics_generator_client")
_OLD_FORMATS = frozenset({"v2", "vParquet", "vParquet2", "vParquet3"})
_STRUCTURED_OVERRIDES = frozenset(
    {"defaults", "per_tenant_override_config", "per_tenant_override_period", "user_configurable_overrides"}
)


def _deaf_receiver(subject: Subject) -> Iterator[Hit]:
    for path, protocol in each(subject.document, "distributor", "receivers", "otlp", "protocols", "*"):
        endpoint = mappings(protocol).get("endpoint")
        if endpoint is None or str(endpoint).startswith(("localhost", "127.0.0.1")):
            where = (*path, "endpoint") if endpoint is not None else path
            yield Hit(
                where, f"cannot receive {path[-1]} spans from other containers: it listens on localhost", key=endpoint is None
            )


def _removed_block(subject: Subject) -> Iterator[Hit]:
    for name in _REMOVED_BLOCKS:
        if name in subject.document.data:
            yield Hit((name,), f"cannot start Tempo 3 with a block {name}", key=True)


def _flat_overrides(subject: Subject) -> Iterator[Hit]:
    flat = sorted(set(mappings(subject.document.data.get("overrides"))) - _STRUCTURED_OVERRIDES)
    if flat:
        yield Hit(("overrides", flat[0]), f"cannot start Tempo 3 with flat overrides ({', '.join(flat)})", key=True)


def _old_format(subject: Subject) -> Iterator[Hit]:
    for path, value in each(subject.document, "storage", "trace", "block", "version"):
        if value in _OLD_FORMATS:
            yield Hit(path, f"cannot read blocks of format {value}: Tempo 3 knows vParquet4 and later")


def _in_tmp(subject: Subject) -> Iterator[Hit]:
    for path, value in below(mappings(subject.document.data.get("storage")), ("storage",)):
        if isinstance(value, str) and value.startswith("/tmp/"):  # noqa: S108 - looked for, not used
            yield Hit(path, f"cannot keep traces in {value}: it is emptied when the machine or the container starts")


def _usage_report(subject: Subject) -> Iterator[Hit]:
    if mappings(subject.document.data.get("usage_report")).get("reporting_enabled") is not False:
        yield Hit((), "cannot run without calling home: usage reports go to Grafana Labs")


def _tempo(endpoint: str = "0.0.0.0:4317", block: str = "vParquet4", folder: str = "/var/tempo", rest: str = "") -> str:
    return (
        f"usage_report: {{reporting_enabled: false}}\ndistributor:\n  receivers:\n    otlp:\n      protocols:\n"
        f"        grpc: {{endpoint: '{endpoint}'}}\n"
        f"storage: "
        f"{{trace: {{backend: local, block: {{version: {block}}}, local: {{path: {folder}}}}}}}\n{rest}"
    )


TEMPO_RULES = (
    Rule(
        id="WK-TEMPO-001", kinds=(Kind.TEMPO,), severity=Severity.WARNING, product="tempo", since=(2, 7),
        what="A receiver on localhost.",
        why="Since 2.7 receivers listen on localhost unless told otherwise; in a container nobody outside reaches them.",
        fix="write endpoint: 0.0.0.0:4317 (http: 4318)",
        check=_deaf_receiver, good=_tempo(), bad=_tempo(endpoint="localhost:4317"),
    ),
    Rule(
        id="WK-TEMPO-002", kinds=(Kind.TEMPO,), severity=Severity.ERROR, product="tempo", since=(3, 0),
        what="Blocks of the old architecture.",
        why="Tempo 3 has no ingesters and no compactor, and refuses a configuration that names them.",
        fix="remove the block; the guide for migrating to 3.0 says what replaces its settings",
        check=_removed_block, good=_tempo(), bad=_tempo(rest="compactor: {compaction: {block_retention: 48h}}\n"),
    ),
    Rule(
        id="WK-TEMPO-003", kinds=(Kind.TEMPO,), severity=Severity.ERROR, product="tempo", since=(3, 0),
        what="Flat overrides.",
        why="Tempo 3 reads only the form with defaults: and sections.",
        fix="move the keys under overrides.defaults and their section",
        check=_flat_overrides,
        good=_tempo(rest="overrides: {defaults: {ingestion: {rate_limit_bytes: 20000000}}}\n"),
        bad=_tempo(rest="overrides: {ingestion_rate_limit_bytes: 20000000}\n"),
    ),
    Rule(
        id="WK-TEMPO-004", kinds=(Kind.TEMPO,), severity=Severity.ERROR, product="tempo", since=(3, 0),
        what="An old block format.",
        why="Tempo 3 needs vParquet4 or later, and there is no way back from 3 to 2.",
        fix="switch to vParquet4 while still on 2.x, and wait until old blocks have expired",
        check=_old_format, good=_tempo(), bad=_tempo(block="vParquet3"),
    ),
    Rule(
        id="WK-TEMPO-005", kinds=(Kind.TEMPO,), severity=Severity.WARNING,
        what="Traces in /tmp.",
        why="What lies there is gone after a restart.",
        fix="use a folder on a volume, such as /var/tempo",
        check=_in_tmp, good=_tempo(), bad=_tempo(folder="/tmp/tempo/blocks"),  # noqa: S108 - an example of what is wrong
    ),
    Rule(
        id="WK-TEMPO-006", kinds=(Kind.TEMPO,), severity=Severity.INFO,
        what="Usage reports.",
        why="Tempo reports to Grafana Labs unless told not to.",
        fix="set usage_report.reporting_enabled: false",
        check=_usage_report, good=_tempo(), bad=_tempo().replace("usage_report: {reporting_enabled: false}\n", ""),
    ),
)  # fmt: skip
