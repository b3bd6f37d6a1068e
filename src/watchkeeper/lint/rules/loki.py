"""Rules for Loki's configuration."""

from __future__ import annotations

from collections.abc import Iterator

from watchkeeper.lint.rule import Hit, Kind, Rule, Severity, Subject
from watchkeeper.lint.walk import below, each, mappings
from watchkeeper.spec.document import Data, KeyPath


def _retention_on(subject: Subject) -> bool:
    return mappings(subject.document.data.get("compactor")).get("retention_enabled") is True


def _kept_for_ever(subject: Subject) -> Iterator[Hit]:
    limits = mappings(subject.document.data.get("limits_config"))
    if "schema_config" in subject.document.data and not _retention_on(subject) and "retention_period" not in limits:
        yield Hit((), "cannot ever delete a log line: no retention is set, and Loki's default is for ever")


def _period_without_retention(subject: Subject) -> Iterator[Hit]:
    limits = mappings(subject.document.data.get("limits_config"))
    if "retention_period" in limits and limits["retention_period"] not in (0, "0", "0s") and not _retention_on(subject):
        yield Hit(("limits_config", "retention_period"), "cannot delete anything: compactor.retention_enabled is not true")


def _no_request_store(subject: Subject) -> Iterator[Hit]:
    if _retention_on(subject) and not mappings(subject.document.data.get("compactor")).get("delete_request_store"):
        yield Hit(("compactor", "retention_enabled"), "cannot start with retention: compactor.delete_request_store is missing")


def _schemas(subject: Subject) -> Iterator[tuple[KeyPath, dict[str, Data]]]:
    for path, schema in each(subject.document, "schema_config", "configs", "*"):
        yield path, mappings(schema)


def _index_period(subject: Subject) -> Iterator[Hit]:
    for path, schema in _schemas(subject):
        period = mappings(schema.get("index")).get("period")
        if schema.get("store") in {"tsdb", "boltdb-shipper"} and period is not None and period not in ("24h", "1d"):
            yield Hit((*path, "index", "period"), f"cannot use an index period of {period}: retention and compaction need 24h")


def _old_store(subject: Subject) -> Iterator[Hit]:
    for path, schema in list(_schemas(subject))[-1:]:
        if schema.get("store") in {"boltdb-shipper", "boltdb"}:
            yield Hit((*path, "store"), f"cannot stay on {schema['store']}: it is deprecated, and gone in Loki 4")


def _structured_metadata(subject: Subject) -> Iterator[Hit]:
    if mappings(subject.document.data.get("limits_config")).get("allow_structured_metadata") is False:
        return
    for path, schema in list(_schemas(subject))[-1:]:
        if schema.get("store") != "tsdb" or str(schema.get("schema")) < "v13":
            yield Hit((*path, "schema"),
                      f"cannot start Loki 3 with {schema.get('store')} and schema {schema.get('schema')}: structured "
                      "metadata is on by default and needs tsdb and v13")  # fmt: skip


def _shared_store(subject: Subject) -> Iterator[Hit]:
    for path, _ in below(subject.document.data):
        if path and path[-1] in {"shared_store", "shared_store_key_prefix"}:
            yield Hit(path, f"cannot use {path[-1]}: Loki 3 refuses the key", key=True)


def _table_manager(subject: Subject) -> Iterator[Hit]:
    if "table_manager" in subject.document.data:
        yield Hit(
            ("table_manager",), "cannot rely on the table manager: with tsdb and boltdb-shipper it deletes nothing", key=True
        )


def _analytics(subject: Subject) -> Iterator[Hit]:
    if (
        "schema_config" in subject.document.data
        and mappings(subject.document.data.get("analytics")).get("reporting_enabled") is not False
    ):
        yield Hit((), "cannot run without calling home: usage reports go to stats.grafana.org")


def _in_tmp(subject: Subject) -> Iterator[Hit]:
    for path, value in below(subject.document.data):
        if isinstance(value, str) and value.startswith("/tmp/") and path[-1] != "working_directory":  # noqa: S108 - looked for, not used
            yield Hit(path, f"cannot keep logs in {value}: it is emptied when the machine or the container starts")


def _ring_in_memory(subject: Subject) -> Iterator[Hit]:
    common = mappings(subject.document.data.get("common"))
    store = mappings(mappings(common.get("ring")).get("kvstore")).get("store")
    factor = common.get("replication_factor")
    if store == "inmemory" and isinstance(factor, int) and factor > 1:
        yield Hit(
            ("common", "replication_factor"),
            f"cannot write {factor} copies: with an in-memory ring each process sees only itself",
        )


def _loki(
    retention: str = "", schema: str = "store: tsdb, object_store: filesystem, schema: v13", period: str = "24h", rest: str = ""
) -> str:
    kept = (
        retention
        or "compactor: {retention_enabled: true, delete_request_store: filesystem}\nlimits_config: {retention_period: 720h}\n"
    )
    return (
        f"analytics: {{reporting_enabled: false}}\n{kept}schema_config:\n  configs:\n"
        f"    - {{from: 2026-01-01, {schema}, index: {{prefix: index_, period: {period}}}}}\n{rest}"
    )


_OLD = "store: boltdb-shipper, object_store: filesystem, schema: v11"
_PLAIN = (
    "compactor: {retention_enabled: true, delete_request_store: filesystem}\nlimits_config: {retention_period: "
    "720h, allow_structured_metadata: false}\n"
)

LOKI_RULES = (
    Rule(
        id="WK-LOKI-001", kinds=(Kind.LOKI,), severity=Severity.WARNING,
        what="No retention.",
        why="Loki keeps logs for ever by default, until the disk is full.",
        fix="set compactor.retention_enabled, compactor.delete_request_store and limits_config.retention_period",
        check=_kept_for_ever, good=_loki(), bad=_loki("compactor: {compaction_interval: 10m}\n"),
    ),
    Rule(
        id="WK-LOKI-002", kinds=(Kind.LOKI,), severity=Severity.ERROR,
        what="A retention period that nothing applies.",
        why="Only the compactor deletes, and only with retention_enabled: true.",
        fix="set compactor.retention_enabled: true and compactor.delete_request_store",
        check=_period_without_retention, good=_loki(), bad=_loki("limits_config: {retention_period: 720h}\n"),
    ),
    Rule(
        id="WK-LOKI-003", kinds=(Kind.LOKI,), severity=Severity.ERROR, product="loki", since=(3, 0),
        what="Retention without delete_request_store.",
        why="Loki 3 refuses to start: it does not know where to keep delete requests.",
        fix="set compactor.delete_request_store, as in filesystem or s3",
        check=_no_request_store, good=_loki(),
        bad=_loki("compactor: {retention_enabled: true}\nlimits_config: {retention_period: 720h}\n"),
    ),
    Rule(
        id="WK-LOKI-004", kinds=(Kind.LOKI,), severity=Severity.ERROR,
        what="An index period other than 24h.",
        why="Retention works on daily index tables only.",
        fix="write period: 24h",
        check=_index_period, good=_loki(), bad=_loki(period="168h"),
    ),
    Rule(
        id="WK-LOKI-005", kinds=(Kind.LOKI,), severity=Severity.WARNING, product="loki", since=(2, 8),
        what="The index store boltdb-shipper.",
        why="Deprecated for tsdb, which is faster and smaller; Loki 4 no longer writes it.",
        fix="add a schema with store: tsdb, schema: v13 and a from date in the future",
        check=_old_store, good=_loki(), bad=_loki(_PLAIN, _OLD),
    ),
    Rule(
        id="WK-LOKI-006", kinds=(Kind.LOKI,), severity=Severity.ERROR, product="loki", since=(3, 0),
        what="Structured metadata with an old schema.",
        why="Loki 3 allows structured metadata by default, which needs tsdb and schema v13; otherwise it does not start.",
        fix="add a schema with tsdb and v13, or set limits_config.allow_structured_metadata: false",
        check=_structured_metadata, good=_loki(), bad=_loki(schema="store: tsdb, object_store: filesystem, schema: v12"),
    ),
    Rule(
        id="WK-LOKI-007", kinds=(Kind.LOKI,), severity=Severity.ERROR, product="loki", since=(3, 0),
        what="shared_store.",
        why="Loki 3 removed it; the schema's object_store says where the index goes.",
        fix="remove the key",
        check=_shared_store, good=_loki(), bad=_loki(rest="storage_config: {tsdb_shipper: {shared_store: filesystem}}\n"),
    ),
    Rule(
        id="WK-LOKI-008", kinds=(Kind.LOKI,), severity=Severity.WARNING,
        what="table_manager.",
        why="It does nothing for tsdb and boltdb-shipper: logs are kept for ever.",
        fix="use the compactor's retention",
        check=_table_manager, good=_loki(), bad=_loki(rest="table_manager: {retention_deletes_enabled: true}\n"),
    ),
    Rule(
        id="WK-LOKI-009", kinds=(Kind.LOKI,), severity=Severity.INFO,
        what="Usage reports.",
        why="Loki reports to Grafana Labs unless told not to.",
        fix="set analytics.reporting_enabled: false",
        check=_analytics, good=_loki(), bad=_loki().replace("analytics: {reporting_enabled: false}\n", ""),
    ),
    Rule(
        id="WK-LOKI-010", kinds=(Kind.LOKI,), severity=Severity.WARNING,
        what="Logs in /tmp.",
        why="What lies there is gone after a restart.",
        fix="use a folder on a volume, such as /loki",
        check=_in_tmp, good=_loki(rest="common: {path_prefix: /loki}\n"), bad=_loki(rest="common: {path_prefix: /tmp/loki}\n"),
    ),
    Rule(
        id="WK-LOKI-011", kinds=(Kind.LOKI,), severity=Severity.ERROR,
        what="Several copies with an in-memory ring.",
        why="Writes need more than half of the copies; a process that sees only itself refuses them all.",
        fix="set replication_factor: 1, or a memberlist ring",
        check=_ring_in_memory,
        good=_loki(rest="common: {replication_factor: 1, ring: {kvstore: {store: inmemory}}}\n"),
        bad=_loki(rest="common: {replication_factor: 3, ring: {kvstore: {store: inmemory}}}\n"),
    ),
)  # fmt: skip
