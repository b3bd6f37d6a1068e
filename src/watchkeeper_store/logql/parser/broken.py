"""Queries that are well-formed but not allowed. They fail once all of the text is read, so that a syntax error wins."""

from dataclasses import dataclass

from watchkeeper_store.logql.errors import ParseError
from watchkeeper_store.logql.tree import LogQuery, MetricQuery


@dataclass(frozen=True, slots=True)
class Broken:
    """In place of a node: why the node cannot be."""

    error: ParseError


Metric = MetricQuery | Broken
Parsed = LogQuery | MetricQuery | Broken


def broken(message: str) -> Broken:
    """A node that is not allowed for this reason."""
    return Broken(ParseError(message))
