"""TraceQL: text → tree, with every mistake located. Which spans match is decided in ``traces``; nothing here knows storage."""

from watchkeeper_store.traceql.failure import QueryMistaken
from watchkeeper_store.traceql.parser import parse

__all__ = ["QueryMistaken", "parse"]
