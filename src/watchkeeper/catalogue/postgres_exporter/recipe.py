"""postgres_exporter: metrics of a PostgreSQL server, read by a role that may only watch."""

from __future__ import annotations

from watchkeeper.catalogue.go import go_environment
from watchkeeper.catalogue.postgres_exporter.options import PostgresExporterOptions
from watchkeeper.catalogue.postgres_server.recipe import MONITOR, MONITOR_PASSWORD
from watchkeeper.catalogue.postgres_server.recipe import NAME as SERVER
from watchkeeper.catalogue.scene import Basics, Component, Offer, Scene, ScrapeOffer
from watchkeeper.workload.probe import Health, HttpProbe
from watchkeeper.workload.reference import (
    ConfigPath,
    ConnectAddress,
    ForVersions,
    ListenAddress,
    Reference,
    SecretPath,
    Structure,
    text,
)
from watchkeeper.workload.workload import ConfigFile, Endpoint, Resources, Secret, Workload

NAME = "postgres_exporter"
OUTSIDE_PASSWORD = "postgres-exporter-password"  # noqa: S105 - the secret's name, not its value

# Releases before 0.13 have no collectors for these; the names are those that the later collectors give.
_OLD_QUERIES: Structure = {
    "pg_stat_statements": {
        "query": 'SELECT pg_get_userbyid(s.userid) AS "user", d.datname, s.queryid::text, s.calls AS calls_total,'
        " s.total_exec_time / 1000 AS seconds_total, s.rows AS rows_total FROM pg_stat_statements s"
        " JOIN pg_database d ON d.oid = s.dbid WHERE s.toplevel ORDER BY s.total_exec_time DESC LIMIT 100",
        "metrics": [
            {"user": {"usage": "LABEL", "description": "Name of the role"}},
            {"datname": {"usage": "LABEL", "description": "Name of the database"}},
            {"queryid": {"usage": "LABEL", "description": "Identifier of the statement"}},
            {"calls_total": {"usage": "COUNTER", "description": "Statements that were run"}},
            {"seconds_total": {"usage": "COUNTER", "description": "Time spent in statements, in seconds"}},
            {"rows_total": {"usage": "COUNTER", "description": "Rows that statements gave or changed"}},
        ],
    },
    "pg_stat_user_tables": {
        "query": "SELECT current_database() AS datname, schemaname, relname, seq_scan, n_live_tup, n_dead_tup"
        " FROM pg_stat_user_tables",
        "metrics": [
            {"datname": {"usage": "LABEL", "description": "Name of the database"}},
            {"schemaname": {"usage": "LABEL", "description": "Name of the schema"}},
            {"relname": {"usage": "LABEL", "description": "Name of the table"}},
            {"seq_scan": {"usage": "COUNTER", "description": "Times the whole table was read"}},
            {"n_live_tup": {"usage": "GAUGE", "description": "Live rows, estimated"}},
            {"n_dead_tup": {"usage": "GAUGE", "description": "Dead rows, estimated"}},
        ],
    },
    "pg_replication": {
        "query": "SELECT CASE WHEN NOT pg_is_in_recovery() THEN 0 ELSE GREATEST(0,"
        " EXTRACT(EPOCH FROM (now() - pg_last_xact_replay_timestamp()))) END AS lag_seconds,"
        " CASE WHEN pg_is_in_recovery() THEN 1 ELSE 0 END AS is_replica",
        "metrics": [
            {"lag_seconds": {"usage": "GAUGE", "description": "How far the replica is behind, in seconds"}},
            {"is_replica": {"usage": "GAUGE", "description": "Whether this server is a replica"}},
        ],
    },
}


def offer(options: PostgresExporterOptions, basics: Basics) -> Offer:
    """The job that the mocks stand in for until now."""
    secrets: tuple[Secret, ...] = ()
    if options.password_file:
        file = str(basics.folder / options.password_file)
        secrets = (Secret(name=OUTSIDE_PASSWORD, purpose="signs postgres_exporter in to a server outside", file=file),)
    return Offer(scrapes=(ScrapeOffer(job="postgres", workload=NAME),), secrets=secrets)


def workloads(options: PostgresExporterOptions, scene: Scene) -> tuple[Workload, ...]:
    """One process beside the server."""
    memory_bytes = scene.memory_bytes[NAME]
    healthy = HttpProbe(endpoint="http", path="/")
    password = OUTSIDE_PASSWORD if options.target else MONITOR_PASSWORD.name
    server: str | Reference = options.target or ConnectAddress(workload=SERVER, endpoint="sql")
    return (
        Workload(
            name=NAME,
            component=NAME,
            summary="Metrics of PostgreSQL",
            software=scene.software[NAME],
            arguments=(
                text("--web.listen-address=", ListenAddress(endpoint="http")),
                ForVersions(at_least="0.13", arguments=("--collector.stat_statements",)),
                ForVersions(below="0.13", arguments=(text("--extend.query-path=", ConfigPath(file="queries.yaml")),)),
            ),
            environment={
                **go_environment(memory_bytes),
                "DATA_SOURCE_URI": text(server, f"/{options.database or scene.offers[SERVER].database}?sslmode=disable"),
                "DATA_SOURCE_USER": options.user or MONITOR,
                "DATA_SOURCE_PASS_FILE": SecretPath(secret=password),
            },
            health=Health(ready=healthy, alive=healthy),
            resources=Resources(memory_bytes=memory_bytes),
            endpoints=(Endpoint(name="http", port=9187),),
            files=(ConfigFile(name="queries.yaml", format="yaml", content=_OLD_QUERIES, reloadable=False),),
            secrets=(password,),
            needs=() if options.target else (SERVER,),
            networks=("app", "monitoring"),
        ),
    )


COMPONENT = Component(
    name=NAME,
    summary="metrics of a PostgreSQL server",
    options=PostgresExporterOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=32 * 1024 * 1024,
    needs=(SERVER,),
    needless_with="target",
)
