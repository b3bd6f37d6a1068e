"""Why a query fails. The text of each error is the one that clients of Loki's API know and match on."""

from watchkeeper_store.logql.labels import Labels, labels_text

ERROR_LABEL = "__error__"
ERROR_DETAILS_LABEL = "__error_details__"
PRESERVE_ERROR_LABEL = "__preserve_error__"


class QueryError(Exception):
    """A query that cannot be answered because of what it asks: status 400."""


class ParseError(QueryError):
    """A query that is not LogQL, or not a legal one.

    `line` and `column` count from 1; both are 0 where the mistake has no place. `line` alone is 0 for tokens that the reference
    scanner looked ahead for (ranges, two-character operators, durations): clients see the same text from it.
    """

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        self.message = message
        self.line = line
        self.column = column
        place = "parse error :" if line == 0 and column == 0 else f"parse error at line {line}, col {column}:"
        super().__init__(f"{place} {message}")

    @classmethod
    def of_stage(cls, stage: str, reason: str) -> "ParseError":
        """A stage that parses but cannot run, for example a bad template; `stage` is its printed form."""
        return cls(f"stage '{stage}' : {reason}")


class VariantsDisabled(ParseError):
    """A query of several variants, which are switched off in the reference as well unless it is told otherwise."""

    def __init__(self) -> None:
        super().__init__("multi variant queries are disabled for this instance")

    def __str__(self) -> str:
        return self.message


class PipelineError(QueryError):
    """A metric query met a line that a stage failed on; `series` is that line's label set, `__error__` included."""

    def __init__(self, series: Labels) -> None:
        self.kind = dict(series).get(ERROR_LABEL, "")
        super().__init__(
            f"pipeline error: '{self.kind}' for series: '{labels_text(series)}'.\n"
            f'Use a label filter to intentionally skip this error. (e.g | __error__!="{self.kind}").\n'
            'To skip all potential errors you can match empty errors.(e.g __error__="")\n'
            'The label filter can also be specified after unwrap. (e.g | unwrap latency | __error__="" )\n'
        )


class LimitExceeded(QueryError):
    """A result with more series than a query may return."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(
            f"maximum number of series ({limit}) reached for a single query; consider reducing query cardinality by "
            "adding more specific stream selectors, reducing the time range, or aggregating results with functions like "
            "sum(), count() or topk()"
        )


class AnswerTooLarge(QueryError):
    """The lines of an answer are more than may be held for one query."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        super().__init__(
            f"the lines of this answer are larger than {limit_bytes} bytes, max_query_response_size; "
            "ask for fewer lines with limit, or for a shorter time range"
        )


class MatchingError(QueryError):
    """Two vectors that cannot be matched one to one, or one to many as asked."""


class UnsupportedQuery(QueryError):
    """A legal query used where it has no meaning, for example a log query at an instant."""
