"""PostgreSQL as postgres_exporter 0.15 … 0.19 shows it, with `--collector.stat_statements` switched on."""

from collections.abc import Callable

from watchkeeper_mocks.exposition import Page
from watchkeeper_mocks.flows.application import MEAN_OVER_MEDIAN
from watchkeeper_mocks.flows.flow import Flow
from watchkeeper_mocks.flows.snapshot import Snapshot
from watchkeeper_mocks.flows.statements import SLOW_QUERY_FACTOR, STATEMENTS, Statement, runs

DATABASE = "shop"
DATABASE_ID = "16384"
USER = "shop_app"
SERVER = "postgres:5432"
MAX_CONNECTIONS = 200
SHARED_BUFFERS_BYTES = 512 * 1024**2
_BUFFER_HIT_SHARE = 0.992
_INITIAL_SIZE_BYTES = 6.2e9
_BYTES_PER_ROW = 60.0
_LOCK_MODES = (
    ("accessexclusivelock", 0.0),
    ("accesssharelock", 1.6),
    ("exclusivelock", 0.0),
    ("rowexclusivelock", 0.7),
    ("rowsharelock", 0.2),
    ("sharelock", 0.0),
    ("sharerowexclusivelock", 0.0),
    ("shareupdateexclusivelock", 0.05),
    ("sireadlock", 0.0),
)


def write(page: Page, snapshot: Snapshot) -> None:
    """The page of `/exporters/postgres/metrics`; a database that is down leaves little more than pg_up 0."""
    up = snapshot.conditions.database_down < 0.5
    page.one_gauge("pg_up", "Whether the last scrape could connect to the server.", int(up))
    page.one_gauge("pg_exporter_last_scrape_error", "Whether the last scrape failed.", int(not up))
    page.one_gauge("pg_exporter_last_scrape_duration_seconds", "How long the last scrape took.", 0.021)
    page.one_counter("pg_exporter_scrapes_total", "Scrapes so far.", snapshot.age_s / 30)
    if not up:
        return
    page.one_gauge(
        "pg_static",
        "Version of the server as labels.",
        1,
        server=SERVER,
        short_version="16.4.0",
        version="PostgreSQL 16.4 on x86_64-pc-linux-gnu, 64-bit",
    )
    page.one_gauge("pg_postmaster_start_time_seconds", "When the server started, in Unix seconds.", snapshot.epoch_s)
    _settings(page)
    _activity(page, snapshot)
    _database(page, snapshot)
    _statements(page, snapshot)
    _tables(page, snapshot)
    _background(page, snapshot)


def _settings(page: Page) -> None:
    for name, help_text, value in (
        ("max_connections", "Most connections at once.", MAX_CONNECTIONS),
        ("superuser_reserved_connections", "Connections kept for superusers.", 3),
        ("shared_buffers_bytes", "Memory for shared buffers.", SHARED_BUFFERS_BYTES),
        ("work_mem_bytes", "Memory per sort or hash.", 4 * 1024**2),
        ("effective_cache_size_bytes", "What the planner assumes of caches.", 1536 * 1024**2),
    ):
        page.one_gauge(f"pg_settings_{name}", help_text, value, server=SERVER)


def _connections(snapshot: Snapshot) -> dict[str, int]:
    """Connections per state. Slow queries keep connections active; exhaustion piles up idle transactions."""
    busy = min(snapshot.busy, 4.0)
    slow = min(1.0, snapshot.conditions.slow_queries + 0.3 * snapshot.conditions.latency_spike)
    active = 3 + 6 * busy + 40 * slow
    idle = snapshot.wobbled(24, share=0.15, phase_s=300.0)
    open_transactions = 1 + busy
    room = MAX_CONNECTIONS - 6 - active - idle - open_transactions
    open_transactions += max(0.0, room) * min(1.0, snapshot.conditions.connection_exhaustion)
    return {"active": round(active), "idle": round(idle), "idle in transaction": round(open_transactions)}


def _activity(page: Page, snapshot: Snapshot) -> None:
    connections = _connections(snapshot)
    common = {"application_name": "shop", "backend_type": "client backend", "datname": DATABASE, "server": SERVER}
    waits = {"active": ("", ""), "idle": ("Client", "ClientRead"), "idle in transaction": ("Client", "ClientRead")}
    page.gauge("pg_stat_activity_count", "Connections in this state.")
    for state, count in connections.items():
        kind, event = waits[state]
        page.add(count, **common, state=state, usename=USER, wait_event=event, wait_event_type=kind)
    slow = snapshot.conditions.slow_queries
    ages_s = {
        "active": snapshot.wobbled(0.4, share=0.5, phase_s=90.0) + 55.0 * slow,
        "idle": 0.0,
        "idle in transaction": snapshot.wobbled(0.8, share=0.5, phase_s=50.0)
        + 240.0 * snapshot.conditions.connection_exhaustion,
    }
    page.gauge("pg_stat_activity_max_tx_duration", "Age of the oldest transaction in this state, in seconds.")
    for state, age_s in ages_s.items():
        kind, event = waits[state]
        page.add(round(age_s, 3), **common, state=state, usename=USER, wait_event=event, wait_event_type=kind)
    page.one_gauge("pg_long_running_transactions", "Transactions older than a minute.", round(3 * min(1.0, slow)))
    page.gauge("pg_locks_count", "Locks by mode.")
    for mode, per_connection in _LOCK_MODES:
        page.add(round(per_connection * connections["active"]), datname=DATABASE, mode=mode)
    page.gauge("pg_stat_database_numbackends", "Connections to this database.")
    page.add(sum(connections.values()), datid=DATABASE_ID, datname=DATABASE)


def _rows(snapshot: Snapshot, operation: str) -> float:
    """Rows returned or changed by all statements of an operation."""
    return sum(sum(runs(snapshot, statement)) * statement.rows for statement in STATEMENTS if statement.operation == operation)


def _size_bytes(snapshot: Snapshot) -> float:
    return _INITIAL_SIZE_BYTES + _BYTES_PER_ROW * _rows(snapshot, "insert")


def _database(page: Page, snapshot: Snapshot) -> None:
    labels = {"datid": DATABASE_ID, "datname": DATABASE}
    calls = sum(sum(runs(snapshot, statement)) for statement in STATEMENTS)
    failed = snapshot.total(Flow.STORED_FAILED) * 0.87 + snapshot.total(Flow.PAYMENT_FAILED) * 0.05
    blocks = calls * 6.0
    for name, help_text, value in (
        ("xact_commit", "Transactions committed.", calls * 0.6),
        ("xact_rollback", "Transactions rolled back.", failed),
        ("blks_read", "Blocks read from disk.", blocks * (1.0 - _BUFFER_HIT_SHARE)),
        ("blks_hit", "Blocks found in the buffer cache.", blocks * _BUFFER_HIT_SHARE),
        ("tup_returned", "Rows read.", _rows(snapshot, "select") * 3.0),
        ("tup_fetched", "Rows fetched by queries.", _rows(snapshot, "select")),
        ("tup_inserted", "Rows inserted.", _rows(snapshot, "insert")),
        ("tup_updated", "Rows updated.", _rows(snapshot, "update")),
        ("tup_deleted", "Rows deleted.", _rows(snapshot, "delete")),
        ("conflicts", "Queries cancelled by recovery.", 0),
        ("temp_files", "Temporary files written.", calls * 1e-5),
        ("temp_bytes", "Bytes written to temporary files.", calls * 40.0),
        ("deadlocks", "Deadlocks found.", failed * 0.001),
        ("blk_read_time", "Milliseconds spent reading blocks.", blocks * (1.0 - _BUFFER_HIT_SHARE) * 0.2),
        ("blk_write_time", "Milliseconds spent writing blocks.", blocks * 0.0001),
    ):
        page.counter(f"pg_stat_database_{name}", help_text)
        page.add_count(value, **labels)
    page.counter("pg_stat_database_active_time_seconds_total", "Seconds spent running statements.")
    page.add(round(sum(_seconds(snapshot, statement) for statement in STATEMENTS), 6), **labels)
    page.one_gauge("pg_database_size_bytes", "Disk space used by the database.", round(_size_bytes(snapshot)), datname=DATABASE)
    page.one_gauge("pg_database_connection_limit", "Connection limit of the database.", -1, datname=DATABASE)


def _seconds(snapshot: Snapshot, statement: Statement) -> float:
    fast, slow = runs(snapshot, statement)
    return (fast + slow * SLOW_QUERY_FACTOR) * statement.median_s * MEAN_OVER_MEDIAN


def _statements(page: Page, snapshot: Snapshot) -> None:
    families: tuple[tuple[str, str, Callable[[Statement], float]], ...] = (
        ("calls_total", "Times run.", lambda statement: float(int(sum(runs(snapshot, statement))))),
        ("seconds_total", "Seconds spent.", lambda statement: round(_seconds(snapshot, statement), 6)),
        (
            "rows_total",
            "Rows returned or changed.",
            lambda statement: float(int(sum(runs(snapshot, statement)) * statement.rows)),
        ),
        ("block_read_seconds_total", "Seconds spent reading.", lambda statement: round(_seconds(snapshot, statement) * 0.1, 6)),
        (
            "block_write_seconds_total",
            "Seconds spent writing.",
            lambda statement: round(_seconds(snapshot, statement) * 0.02, 6),
        ),
    )
    for name, help_text, value in families:
        page.counter(f"pg_stat_statements_{name}", help_text)
        for statement in STATEMENTS:
            page.add(value(statement), user=USER, datname=DATABASE, queryid=statement.query_id)


def _tables(page: Page, snapshot: Snapshot) -> None:
    tables = sorted({statement.table for statement in STATEMENTS})
    by_table = {
        table: {
            operation: sum(
                sum(runs(snapshot, statement)) * statement.rows
                for statement in STATEMENTS
                if statement.table == table and statement.operation == operation
            )
            for operation in ("select", "insert", "update", "delete")
        }
        for table in tables
    }

    def family(name: str, help_text: str, operation: str, factor: float) -> None:
        page.counter(f"pg_stat_user_tables_{name}", help_text)
        for table in tables:
            page.add_count(by_table[table][operation] * factor, datname=DATABASE, schemaname="public", relname=table)

    family("seq_scan", "Sequential scans.", "select", 0.0005)
    family("idx_scan", "Index scans.", "select", 0.2)
    family("n_tup_ins", "Rows inserted.", "insert", 1.0)
    family("n_tup_upd", "Rows updated.", "update", 1.0)
    family("n_tup_del", "Rows deleted.", "delete", 1.0)
    page.gauge("pg_stat_user_tables_n_live_tup", "Estimate of live rows.")
    for table in tables:
        live = 40000 + by_table[table]["insert"]
        page.add(round(live), datname=DATABASE, schemaname="public", relname=table)
    page.gauge("pg_stat_user_tables_n_dead_tup", "Estimate of dead rows.")
    for table in tables:
        # Autovacuum starts at a fifth of the live rows; the saw tooth follows the rows changed since.
        changed = by_table[table]["update"] + by_table[table]["delete"]
        page.add(round(changed % 8000), datname=DATABASE, schemaname="public", relname=table)


def _background(page: Page, snapshot: Snapshot) -> None:
    calls = sum(sum(runs(snapshot, statement)) for statement in STATEMENTS)
    for name, help_text, value in (
        ("checkpoints_timed_total", "Scheduled checkpoints.", snapshot.age_s / 300),
        ("checkpoints_req_total", "Requested checkpoints.", snapshot.age_s / 86400),
        ("checkpoint_write_time_total", "Milliseconds writing checkpoints.", snapshot.age_s * 90),
        ("checkpoint_sync_time_total", "Milliseconds syncing checkpoints.", snapshot.age_s * 0.3),
        ("buffers_checkpoint_total", "Buffers written by checkpoints.", calls * 0.05),
        ("buffers_clean_total", "Buffers written by the background writer.", calls * 0.01),
        ("buffers_backend_total", "Buffers written by connections.", calls * 0.004),
        ("buffers_alloc_total", "Buffers allocated.", calls * 0.06),
    ):
        page.one_counter(f"pg_stat_bgwriter_{name}", help_text, value)
    page.one_gauge("pg_wal_segments", "Files of the write-ahead log.", 64)
    page.one_gauge("pg_wal_size_bytes", "Size of the write-ahead log.", 64 * 16 * 1024**2)
    page.one_gauge("pg_replication_is_replica", "Whether the server is a replica.", 0)
    page.one_gauge("pg_replication_lag_seconds", "Lag behind the primary; 0 on a primary.", 0)
