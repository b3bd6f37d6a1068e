"""PostgreSQL: is it up, who waits, which statements cost, and is there room."""

from __future__ import annotations

from watchkeeper.dashboards import style
from watchkeeper.dashboards.model import Column, Dashboard, Row, Variable
from watchkeeper.dashboards.panels import bars, figure, lines, listing

_DB = 'instance=~"$instance"'
_NAMED = f'{_DB}, datname=~"$datname"'
_CONNECTIONS = f"sum(pg_stat_activity_count{{{_DB}}}) / sum(pg_settings_max_connections{{{_DB}}})"
_HITS = (
    f"sum(rate(pg_stat_database_blks_hit{{{_NAMED}}}[$__rate_interval]))"
    f" / (sum(rate(pg_stat_database_blks_hit{{{_NAMED}}}[$__rate_interval]))"
    f" + sum(rate(pg_stat_database_blks_read{{{_NAMED}}}[$__rate_interval])))"
)
_STATEMENT_TIME = f"sum by (queryid) (rate(pg_stat_statements_seconds_total{{{_NAMED}}}[$__rate_interval]))"
_STATEMENT_CALLS = f"sum by (queryid) (rate(pg_stat_statements_calls_total{{{_NAMED}}}[$__rate_interval]))"


_NOW = Row(
    title="Now",
    panels=(
        figure(
            "Up",
            "Does PostgreSQL answer?",
            f"min(pg_up{{{_DB}}})",
            style.PLAIN,
            steps=style.bad_below(1),
            words=style.HEALTHY,
        ),
        figure(
            "Connections in use",
            "Will the next client be refused?",
            _CONNECTIONS,
            style.SHARE,
            steps=style.worse_above(0.8, 0.9),
            decimals=1,
        ),
        figure(
            "Mean statement",
            "How long does a statement take on average?",
            f"sum(rate(pg_stat_statements_seconds_total{{{_NAMED}}}[$__rate_interval]))"
            f" / sum(rate(pg_stat_statements_calls_total{{{_NAMED}}}[$__rate_interval]))",
            style.SECONDS,
            steps=style.worse_above(0.1, 0.5),
        ),
        figure(
            "Found in memory",
            "Does the working set fit into memory?",
            _HITS,
            style.SHARE,
            steps=style.worse_below(0.99, 0.9),
            decimals=1,
        ),
        figure(
            "Longest open transaction",
            "Does something hold its locks for too long?",
            f"max(pg_stat_activity_max_tx_duration{{{_NAMED}}})",
            style.SECONDS,
            steps=style.worse_above(60, 300),
        ),
        figure("Size", "How much room do the data take?", f"sum(pg_database_size_bytes{{{_NAMED}}})", style.BYTES),
    ),
)


_LOAD = Row(
    title="Load",
    panels=(
        lines(
            "Transactions",
            "How much work is done, and how much is undone?",
            {
                "committed": f"sum(rate(pg_stat_database_xact_commit{{{_NAMED}}}[$__rate_interval]))",
                "rolled back": f"sum(rate(pg_stat_database_xact_rollback{{{_NAMED}}}[$__rate_interval]))",
            },
            style.PER_SECOND,
        ),
        lines(
            "Connections by state",
            "What are the connections doing?",
            {
                "{{state}}": f"sum by (state) (pg_stat_activity_count{{{_NAMED}}})",
                "limit": f"sum(pg_settings_max_connections{{{_DB}}})",
            },
        ),
        lines(
            "Rows",
            "Is more read or written than usual?",
            {
                "read": f"sum(rate(pg_stat_database_tup_fetched{{{_NAMED}}}[$__rate_interval]))",
                "inserted": f"sum(rate(pg_stat_database_tup_inserted{{{_NAMED}}}[$__rate_interval]))",
                "updated": f"sum(rate(pg_stat_database_tup_updated{{{_NAMED}}}[$__rate_interval]))",
                "deleted": f"sum(rate(pg_stat_database_tup_deleted{{{_NAMED}}}[$__rate_interval]))",
            },
            style.ROWS_PER_SECOND,
        ),
        lines(
            "Locks",
            "Which locks are held?",
            {"{{mode}}": f"sum by (mode) (pg_locks_count{{{_NAMED}}})"},
            stacked=True,
        ),
    ),
)


_STATEMENTS = Row(
    title="Statements and tables",
    panels=(
        listing(
            "Costliest statements",
            "Which statements take the time? Their text: SELECT query FROM pg_stat_statements WHERE queryid = …",
            (f"topk(10, {_STATEMENT_TIME})", f"{_STATEMENT_TIME} / {_STATEMENT_CALLS}", _STATEMENT_CALLS),
            (
                Column(field="queryid", heading="Statement"),
                Column(field="Value #A", heading="Seconds per second", unit=style.SECONDS),
                Column(field="Value #B", heading="Mean", unit=style.SECONDS),
                Column(field="Value #C", heading="Calls", unit=style.PER_SECOND),
            ),
        ),
        lines(
            "Mean time by statement",
            "Which statement became slow?",
            {"{{queryid}}": f"topk(5, {_STATEMENT_TIME} / {_STATEMENT_CALLS})"},
            style.SECONDS,
        ),
        bars(
            "Dead rows",
            "Does vacuum keep up?",
            f"topk(10, sum by (relname) (pg_stat_user_tables_n_dead_tup{{{_NAMED}}})"
            f" / sum by (relname) (pg_stat_user_tables_n_live_tup{{{_NAMED}}}))",
            "{{relname}}",
            style.SHARE,
            steps=style.worse_above(0.1, 0.2),
        ),
        bars(
            "Reads without an index",
            "Which table may lack an index?",
            f"topk(10, sum by (relname) (rate(pg_stat_user_tables_seq_scan{{{_NAMED}}}[$__rate_interval])))",
            "{{relname}}",
            style.PER_SECOND,
        ),
    ),
)


_INSIDE = Row(
    title="Inside",
    panels=(
        lines(
            "Deadlocks and conflicts",
            "Do transactions get in each other's way?",
            {
                "deadlocks": f"sum(increase(pg_stat_database_deadlocks{{{_NAMED}}}[$__rate_interval]))",
                "conflicts": f"sum(increase(pg_stat_database_conflicts{{{_NAMED}}}[$__rate_interval]))",
            },
        ),
        lines(
            "Checkpoints",
            "Are checkpoints forced by too much writing?",
            {
                "on time": f"rate(pg_stat_bgwriter_checkpoints_timed_total{{{_DB}}}[$__rate_interval])",
                "forced": f"rate(pg_stat_bgwriter_checkpoints_req_total{{{_DB}}}[$__rate_interval])",
            },
            style.PER_SECOND,
        ),
        lines(
            "Replication delay",
            "How old is what a replica answers?",
            {"{{instance}}": f"pg_replication_lag_seconds{{{_DB}}}"},
            style.SECONDS,
            steps=style.worse_above(10, 60),
        ),
        lines(
            "Temporary files",
            "Do sorts spill to disk?",
            {"{{datname}}": f"sum by (datname) (rate(pg_stat_database_temp_bytes{{{_NAMED}}}[$__rate_interval]))"},
            style.BYTES_PER_SECOND,
        ),
    ),
)


DASHBOARDS = (
    Dashboard(
        uid="watchkeeper-postgres",
        title="PostgreSQL",
        question="Is the database the reason: is it up, who waits, which statements cost?",
        rows=(_NOW, _LOAD, _STATEMENTS, _INSIDE),
        variables=(
            Variable(name="instance", heading="Server", metric="pg_up", label="instance"),
            Variable(name="datname", heading="Database", metric="pg_stat_database_numbackends", label="datname"),
        ),
        tags=("database",),
    ),
)
