"""What is wrong with a query, and where."""

from __future__ import annotations


class QueryMistaken(Exception):
    """The text is not TraceQL, or means nothing. ``line`` and ``column`` count from 1."""

    def __init__(self, what: str, *, line: int, column: int) -> None:
        super().__init__(f"parse error at line {line}, col {column}: {what}")
        self.what = what
        self.line = line
        self.column = column
