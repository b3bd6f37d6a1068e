"""Which rows a delete request hides. Pure; how a query leaves them out is `query`'s business."""

from __future__ import annotations

from dataclasses import dataclass

from watchkeeper_store.logql.errors import ParseError
from watchkeeper_store.logql.matching import Matcher
from watchkeeper_store.logql.parser.expression import parse
from watchkeeper_store.logql.pushdown import split_pipeline
from watchkeeper_store.logql.source import LineFilter
from watchkeeper_store.logql.tree import LogQuery


class CannotDelete(ValueError):
    """The request is not one that can be carried out; the message is for the client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """Rows of streams that satisfy all ``matchers``, in [start_ns, end_ns), whose line passes all ``line_filters``."""

    matchers: tuple[Matcher, ...]
    line_filters: tuple[LineFilter, ...]
    start_ns: int
    end_ns: int


def hidden_by(query: str, start_ns: int, end_ns: int) -> Hidden:
    """What a request with this query hides. Raises CannotDelete for anything but matchers and plain line filters."""
    try:
        expression = parse(query)
    except ParseError as failure:
        raise CannotDelete(f"invalid query expression: {failure}") from failure
    if not isinstance(expression, LogQuery):
        raise CannotDelete("cannot delete by a metric query; use a log selector with line filters")
    split = split_pipeline(expression.stages)
    if split.rest:
        raise CannotDelete(
            f"cannot delete by the stage {split.rest[0].text()}; use label matchers and line filters (|= != |~ !~)"
        )
    return Hidden(matchers=expression.matchers, line_filters=split.exact, start_ns=start_ns, end_ns=end_ns)
