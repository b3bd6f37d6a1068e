"""PostgreSQL: what must not be lost — devices, every check with its outcome, and what the notifier told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from network_monitor.messages import Outcome
from network_monitor.surroundings import Address, Surroundings, read_address
from watchkeeper_instrument import Instrument

ORGANISATIONS = ("north", "south")
KEPT_DAYS = 30
SAMPLE_DAYS = 7
SAMPLE_EVERY_MINUTES = 2
_LOCK = 4_704_001
"""Any number: services that start at the same moment make the tables one after the other."""

_TABLES = """
CREATE TABLE IF NOT EXISTS devices (
    name text PRIMARY KEY,
    organisation text NOT NULL,
    address text NOT NULL,
    up boolean,
    changed_at timestamptz
);
CREATE TABLE IF NOT EXISTS checks (
    id uuid PRIMARY KEY,
    device text NOT NULL REFERENCES devices (name),
    asked_at timestamptz NOT NULL DEFAULT now(),
    done_at timestamptz,
    reachable boolean,
    latency_ms real,
    trace_id text NOT NULL DEFAULT '',
    sample boolean NOT NULL DEFAULT false
);
CREATE INDEX IF NOT EXISTS checks_by_time ON checks (asked_at);
CREATE TABLE IF NOT EXISTS notices (
    check_id uuid PRIMARY KEY REFERENCES checks (id) ON DELETE CASCADE,
    device text NOT NULL,
    up boolean NOT NULL,
    told_at timestamptz NOT NULL DEFAULT now()
);
"""

_SAMPLE = """
INSERT INTO checks (id, device, asked_at, done_at, reachable, latency_ms, sample)
SELECT gen_random_uuid(), name, moment, moment, fate < 0.995, CASE WHEN fate < 0.995 THEN 0.2 + 3 * fate END, true
FROM (
    SELECT name, moment, random() AS fate
    FROM devices, generate_series(now() - make_interval(days => %s), now(), make_interval(mins => %s)) AS moment
) AS drawn
"""

_REPORT = """
SELECT device,
       count(*)::int AS checks,
       count(*) FILTER (WHERE sample)::int AS sample_checks,
       avg(reachable::int)::float AS availability,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY latency_ms) AS latency_p50_ms,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY latency_ms) AS latency_p95_ms,
       count(*) FILTER (WHERE reachable AND NOT before)::int AS recoveries
FROM (
    SELECT device, sample, reachable, latency_ms, lag(reachable) OVER (PARTITION BY device ORDER BY asked_at) AS before
    FROM checks WHERE asked_at > now() - make_interval(hours => %s) AND reachable IS NOT NULL
) AS history
GROUP BY device ORDER BY device
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """``up`` is None before the first check."""

    name: str
    organisation: str
    address: Address
    up: bool | None = None


class Database:
    """A pool of connections. Every query is a span and counted with its duration."""

    def __init__(self, surroundings: Surroundings, watch: Instrument) -> None:
        self._watch = watch
        self._pool: AsyncConnectionPool[AsyncConnection[DictRow]] = AsyncConnectionPool(
            connection_class=AsyncConnection[DictRow],
            kwargs={
                "host": surroundings.postgres.host,
                "port": surroundings.postgres.port,
                "dbname": surroundings.postgres_database,
                "user": surroundings.postgres_user,
                "password": surroundings.postgres_password,
                "application_name": watch.settings.service,
                "connect_timeout": 3,
                "options": "-c statement_timeout=5000",
                "autocommit": True,
                "row_factory": dict_row,
            },
            min_size=1,
            max_size=6,
            timeout=3.0,
            # an attempt that goes on longer would wait longer each time, also when the server is back already
            reconnect_timeout=2.0,
            check=AsyncConnectionPool.check_connection,
            open=False,
            name=watch.settings.service,
        )

    async def open(self) -> None:
        """Begin to connect; does not wait for it."""
        await self._pool.open(wait=False)

    async def close(self) -> None:
        await self._pool.close(timeout=2.0)

    async def check(self) -> None:
        """For health: the server answers a query."""
        async with self._pool.connection() as connection:
            await connection.execute("SELECT 1")

    async def prepare(self, devices: Sequence[Device]) -> None:
        """Make what is missing: tables, devices, and a history, so that a report has something to look at on the first day."""
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            await connection.execute(_TABLES)
            for device in devices:
                await connection.execute(
                    "INSERT INTO devices (name, organisation, address) VALUES (%s, %s, %s)"
                    " ON CONFLICT (name) DO UPDATE SET address = excluded.address",
                    (device.name, device.organisation, str(device.address)),
                )
            found = await (await connection.execute("SELECT EXISTS (SELECT FROM checks) AS any")).fetchone()
            if found is not None and not found["any"]:
                await connection.execute(_SAMPLE, (SAMPLE_DAYS, SAMPLE_EVERY_MINUTES))

    async def devices(self) -> tuple[Device, ...]:
        rows = await self._rows("select", "devices", "SELECT name, organisation, address, up FROM devices ORDER BY name")
        return tuple(_device(row) for row in rows)

    async def device(self, name: str) -> Device | None:
        query = "SELECT name, organisation, address, up FROM devices WHERE name = %s"
        rows = await self._rows("select", "devices", query, (name,))
        return _device(rows[0]) if rows else None

    async def asked(self, check: UUID, device: str, trace_id: str) -> None:
        """A check was asked for; from here on it is not forgotten."""
        query = "INSERT INTO checks (id, device, trace_id) VALUES (%s, %s, %s)"
        await self._rows("insert", "checks", query, (check, device, trace_id))

    async def done(self, outcome: Outcome) -> None:
        """Write the outcome; the same one again changes nothing."""
        query = "UPDATE checks SET done_at = now(), reachable = %s, latency_ms = %s WHERE id = %s AND done_at IS NULL"
        await self._rows("update", "checks", query, (outcome.reachable, outcome.latency_ms, outcome.check))

    async def noted(self, outcome: Outcome) -> bool:
        """Make it the device's state. Whether that is news, which is then kept as well."""
        query = """
            WITH changed AS (
                UPDATE devices SET up = %(up)s, changed_at = now() WHERE name = %(device)s AND up IS DISTINCT FROM %(up)s
                RETURNING name
            )
            INSERT INTO notices (check_id, device, up) SELECT %(check)s, name, %(up)s FROM changed
            ON CONFLICT (check_id) DO NOTHING RETURNING device
        """
        given = {"up": outcome.reachable, "device": outcome.device, "check": outcome.check}
        return bool(await self._rows("update", "devices", query, given))

    async def check_of(self, check: UUID) -> dict[str, Any] | None:
        """One check, for JSON."""
        query = """
            SELECT checks.id, checks.device, asked_at, done_at, reachable, latency_ms, trace_id, check_id IS NOT NULL AS news
            FROM checks LEFT JOIN notices ON check_id = id WHERE id = %s
        """
        rows = await self._rows("select", "checks", query, (check,))
        return {name: _plain(value) for name, value in rows[0].items()} if rows else None

    async def report(self, hours: int) -> list[dict[str, Any]]:
        """Availability and latency of each device, for JSON. Looks at every check of the time: worth a cache."""
        return await self._rows("report", "checks", _REPORT, (hours,))

    async def forget_old(self) -> None:
        query = "DELETE FROM checks WHERE asked_at < now() - make_interval(days => %s)"
        await self._rows("delete", "checks", query, (KEPT_DAYS,))

    async def _rows(self, operation: str, table: str, query: str, given: Any = ()) -> list[DictRow]:
        async with self._pool.connection() as connection:
            with self._watch.query(operation, table):
                cursor = await connection.execute(query.encode(), given)
                return await cursor.fetchall() if cursor.description else []


def _device(row: DictRow) -> Device:
    return Device(name=row["name"], organisation=row["organisation"], address=read_address(row["address"]), up=row["up"])


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
