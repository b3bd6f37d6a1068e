"""Patterns of stored lines: DuckDB counts the shapes of lines, and `clusters` finds what the shapes have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from watchkeeper_store.logql.matching import Matcher
from watchkeeper_store.patterns.clusters import Clusters, Pattern
from watchkeeper_store.query.relation import Sql, Wish, relation
from watchkeeper_store.query.scope import Scope
from watchkeeper_store.query.selection import Selection, select
from watchkeeper_store.query.tenants import chosen, tenants_in
from watchkeeper_store.storage.store import LogStore

_MOST_ROWS = 200_000
_MOST_SHAPES = 20_000
_MOST_LINE_CHARACTERS = 1_000
# a word that has a digit: numbers, times, identifiers, addresses
_VARYING = r"""[^\s="'\[\]{}(),;:|]*[0-9][^\s="'\[\]{}(),;|]*"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whose lines, of which time, counted per which step; times in ns."""

    tenant: str
    matchers: Sequence[Matcher]
    start_ns: int
    end_ns: int
    step_ns: int


def mine(store: LogStore, asked: Asked, scope: Scope) -> list[Pattern]:
    """The patterns, those with most lines first; times of samples are in ns.

    Of very many lines an even part is looked at, and counts are what they would be for all of them.
    """
    clusters = Clusters()
    tenants = tenants_in(asked.tenant)
    meant, matchers = chosen(tenants, asked.matchers) if len(tenants) > 1 else (tenants, asked.matchers)
    for tenant in meant:
        _add_shapes(clusters, store, replace(asked, tenant=tenant, matchers=matchers), scope)
    return clusters.patterns()


def _add_shapes(clusters: Clusters, store: LogStore, asked: Asked, scope: Scope) -> None:
    with store.snapshot(asked.tenant) as snapshot:
        selection = select(snapshot, asked.matchers, asked.start_ns, asked.end_ns)
        sql = Sql()
        wish = Wish(columns=("ts", "line", "level"))
        found = relation(selection, store.level_names.names, wish, asked.start_ns, asked.end_ns, sql)
        if found is None:
            return
        part = max(1, _rows(selection) // _MOST_ROWS)
        sample = f"WHERE hash(ts, line) % {part} = 0" if part > 1 else ""
        shape = f"regexp_replace(left(line, {_MOST_LINE_CHARACTERS}), {sql.value(_VARYING)}, '<_>', 'g')"
        statement = (  # what is left out where there are too many are the rarest shapes, with all their lines
            "SELECT shape, level, list(bucket), list(lines) FROM ("  # noqa: S608  numbers and parameters of our own
            f"SELECT {shape} AS shape, coalesce(level, '') AS level, ts // {int(asked.step_ns)} AS bucket, count(*) AS lines "
            f"FROM {found.sql} {sample} GROUP BY ALL"
            f") GROUP BY shape, level ORDER BY sum(lines) DESC, shape, level LIMIT {_MOST_SHAPES}"
        )
        with scope.cursor(store.duck) as cursor, found.readable(cursor):
            cursor.execute(statement, sql.values)
            while rows := cursor.fetchmany(500):
                scope.check()
                for line, level, buckets, counts in rows:
                    by_time = {bucket * asked.step_ns: lines * part for bucket, lines in zip(buckets, counts, strict=True)}
                    clusters.add(line, level, by_time)


def _rows(selection: Selection) -> int:
    return sum(len(batch) for batch in selection.batches) + sum(segment.rows for segment in selection.segments)
