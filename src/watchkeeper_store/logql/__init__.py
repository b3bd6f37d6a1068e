"""LogQL as pure code: text → expression → entries, series, samples. It reads through `source.LogSource` and does no I/O itself.

    expression = parse('sum by (level) (count_over_time({app="shop"} | json [5m]))')
    leaves = line_by_line(source, tenant)
    series = evaluate_range(expression, leaves, Instants(start_ns=…, end_ns=…, step_ns=…))

`parse` gives an immutable tree (`tree`); `print_query` writes it back. `is_log_query` tells the two kinds apart: a log query
goes to `evaluate_log`, a metric query to `evaluate_range` or `evaluate_instant`. A storage that can do better than reading
lines gives its own `Leaves`, which evaluate one range aggregation each, and uses `split_pipeline` to see what it can do itself.
All errors are `QueryError`s whose text is the one that Loki's clients know.
"""

from watchkeeper_store.logql.errors import (
    LimitExceeded,
    MatchingError,
    ParseError,
    PipelineError,
    QueryError,
    UnsupportedQuery,
)
from watchkeeper_store.logql.evaluation.log_query import LogOptions, evaluate_log, merged_labels
from watchkeeper_store.logql.evaluation.metric_query import Leaves, evaluate_instant, evaluate_range, line_by_line
from watchkeeper_store.logql.evaluation.pipeline import Span
from watchkeeper_store.logql.evaluation.results import Columns, Entry, Instants, Sample, ScalarResult, Series
from watchkeeper_store.logql.parser.expression import parse, parse_any
from watchkeeper_store.logql.pretty import pretty as pretty_print
from watchkeeper_store.logql.pretty import pretty_any
from watchkeeper_store.logql.printer import one_line
from watchkeeper_store.logql.pushdown import Split, split_pipeline
from watchkeeper_store.logql.tree import Expression, LogQuery

__all__ = (
    "Columns",
    "Entry",
    "Expression",
    "Instants",
    "Leaves",
    "LimitExceeded",
    "LogOptions",
    "LogQuery",
    "MatchingError",
    "ParseError",
    "PipelineError",
    "QueryError",
    "Sample",
    "ScalarResult",
    "Series",
    "Span",
    "Split",
    "UnsupportedQuery",
    "evaluate_instant",
    "evaluate_log",
    "evaluate_range",
    "formatted",
    "is_log_query",
    "line_by_line",
    "merged_labels",
    "parse",
    "print_query",
    "split_pipeline",
)


def is_log_query(expression: Expression) -> bool:
    """Whether the answer is lines and not numbers."""
    return isinstance(expression, LogQuery)


def formatted(text: str) -> str:
    """A query broken into lines where it is long; also one that can only be read, not answered. Raises ParseError."""
    return pretty_any(parse_any(text))


def print_query(expression: Expression, *, pretty: bool = False) -> str:
    """The query as text, on one line, or with `pretty` broken into lines where it is long."""
    return pretty_print(expression) if pretty else one_line(expression)
