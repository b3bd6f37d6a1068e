"""The PostgreSQL server: one database for the application, a superuser, and a role that may only watch."""

from __future__ import annotations

from watchkeeper.catalogue.postgres_server.options import PostgresServerOptions
from watchkeeper.catalogue.preparation import PREPARATION
from watchkeeper.catalogue.scene import Basics, Component, Offer, Scene
from watchkeeper.workload.probe import ExecProbe, Health
from watchkeeper.workload.reference import (
    Argument,
    AssetPath,
    BinaryPath,
    ConfigPath,
    ListenHost,
    ListenPort,
    Reference,
    SecretPath,
    Text,
    VolumePath,
    text,
)
from watchkeeper.workload.workload import ConfigFile, Endpoint, Preparation, Resources, Secret, Stop, Volume, Workload

NAME = "postgres_server"
SUPERUSER_PASSWORD = Secret(name="postgres-password", purpose="signs the superuser postgres in")
APP_PASSWORD = Secret(name="postgres-app-password", purpose="signs the application in to its database")
MONITOR_PASSWORD = Secret(name="postgres-monitor-password", purpose="signs postgres_exporter in")
MONITOR = "watchkeeper_monitor"
FIRST_START = "first-start.sql"
PLACEHOLDER = "placeholder"
"""The password that the image's entry point is told: it insists on one, and leaves it in the server's environment.
initdb takes the last ``--pwfile`` of its command line, which is ours.
"""
_ROLE_CONNECTIONS = 5


def offer(options: PostgresServerOptions, basics: Basics) -> Offer:
    """Its metrics come from postgres_exporter, its rules from the component postgres."""
    return Offer(
        secrets=(SUPERUSER_PASSWORD, APP_PASSWORD, MONITOR_PASSWORD), database=options.database, application_user=options.user
    )


def workloads(options: PostgresServerOptions, scene: Scene) -> tuple[Workload, ...]:
    """One server. It never runs as root, which it refuses anyway."""
    memory_bytes = scene.memory_bytes[NAME]
    ready = ExecProbe(
        program="pg_isready",
        # with a name, because whoever asks may have none of its own
        arguments=(
            *("-h", ListenHost(endpoint="sql"), "-p", ListenPort(endpoint="sql")),
            *("-U", "postgres", "-d", "postgres", "-t", "2"),
        ),
        contains="accepting connections",
    )
    return (
        Workload(
            name=NAME,
            component=NAME,
            summary="PostgreSQL: the application's database",
            software=scene.software[NAME],
            arguments=_settings(options, memory_bytes),
            environment={
                "PGDATA": text(VolumePath(volume="data"), "/cluster"),
                "POSTGRES_USER": "postgres",
                "POSTGRES_DB": options.database,
                "POSTGRES_PASSWORD_FILE": ConfigPath(file=PLACEHOLDER),
                "POSTGRES_HOST_AUTH_METHOD": "scram-sha-256",
                "POSTGRES_INITDB_ARGS": text(
                    "--auth-host=scram-sha-256 --data-checksums --encoding=UTF8 --locale=C.UTF-8 --pwfile=",
                    SecretPath(secret=SUPERUSER_PASSWORD.name),
                ),
            },
            prepare=Preparation(
                software=PREPARATION,
                arguments=(
                    *("postgres", "--initdb", BinaryPath(binary="initdb"), "--server", BinaryPath(binary="postgres")),
                    *("--psql", BinaryPath(binary="psql"), "--first-start", ConfigPath(file=FIRST_START)),
                    *("--names", AssetPath(asset="names.so")),
                ),
            ),
            health=Health(ready=ready, alive=ready, start_deadline_s=90.0),
            resources=Resources(memory_bytes=memory_bytes, open_files=16_384),
            endpoints=(Endpoint(name="sql", port=5432, protocol="tcp", published=True),),
            files=(
                ConfigFile(name=FIRST_START, format="text", content=_first_start(options), reloadable=False),
                ConfigFile(name=PLACEHOLDER, format="text", content="it comes by --pwfile\n", reloadable=False),
            ),
            volumes=(Volume(name="data"),),
            secrets=(SUPERUSER_PASSWORD.name, APP_PASSWORD.name, MONITOR_PASSWORD.name),
            # SIGTERM would wait for clients to leave by themselves
            stop=Stop(signal="INT", grace_s=30.0),
            networks=("app",),
            scratch=("/var/run/postgresql",),
        ),
    )


def _settings(options: PostgresServerOptions, memory_bytes: int) -> tuple[Argument, ...]:
    """``-c name=value`` pairs. A quarter of the memory for the buffer cache is what its own documentation starts from."""
    settings: dict[str, str | Reference] = {
        "listen_addresses": ListenHost(endpoint="sql"),
        "port": ListenPort(endpoint="sql"),
        "max_connections": str(options.max_connections),
        "shared_buffers": f"{memory_bytes // 4 // 1024}kB",
        "shared_preload_libraries": "pg_stat_statements",
        "pg_stat_statements.track": "all",
        "track_io_timing": "on",
        "password_encryption": "scram-sha-256",
        "log_destination": "stderr",
        "logging_collector": "off",
        "log_min_duration_statement": str(options.slow_query_ms),
        "log_line_prefix": "%m [%p] user=%u db=%d app=%a ",
        "log_checkpoints": "on",
        "log_lock_waits": "on",
    }
    return tuple(argument for name, value in settings.items() for argument in ("-c", text(f"{name}=", value)))


def _first_start(options: PostgresServerOptions) -> Text:
    """psql's own script: the passwords are read from their files when it runs, so none stands in it."""
    return text(
        "-- Run once, by the superuser, when the data folder has been made.\n",
        "\\set app_password `cat ",
        SecretPath(secret=APP_PASSWORD.name),
        "`\n\\set monitor_password `cat ",
        SecretPath(secret=MONITOR_PASSWORD.name),
        "`\n",
        "CREATE EXTENSION IF NOT EXISTS pg_stat_statements;\n",
        f"CREATE ROLE {options.user} LOGIN PASSWORD :'app_password';\n",
        f"ALTER DATABASE {options.database} OWNER TO {options.user};\n",
        f"GRANT ALL ON SCHEMA public TO {options.user};\n",
        "-- reads statistics, owns nothing, and cannot use up the server's connections\n",
        f"CREATE ROLE {MONITOR} LOGIN PASSWORD :'monitor_password' CONNECTION LIMIT {_ROLE_CONNECTIONS};\n",
        f"GRANT pg_monitor TO {MONITOR};\n",
        f"ALTER ROLE {MONITOR} SET statement_timeout = '10s';\n",
    )


COMPONENT = Component(
    name=NAME,
    summary="PostgreSQL server with a database for the application",
    options=PostgresServerOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=192 * 1024 * 1024,
    role="application",
)
