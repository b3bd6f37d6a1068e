"""The tokens still to be read, and what every rule of the grammar asks of them."""

from __future__ import annotations

from watchkeeper_store.traceql.failure import QueryMistaken
from watchkeeper_store.traceql.lexer import Token, mistaken, tokens

KEYWORDS = frozenset({
    "true", "false", "nil", "ok", "error", "unset", "unspecified", "internal", "server", "client", "producer", "consumer",
    "duration", "childCount", "name", "status", "statusMessage", "kind", "rootName", "rootServiceName", "rootService",
    "traceDuration", "nestedSetLeft", "nestedSetRight", "nestedSetParent", "id", "traceID", "spanID", "parentID",
    "timeSinceStart", "version", "parent", "count", "avg", "max", "min", "sum", "by", "coalesce", "select", "rate",
    "count_over_time", "min_over_time", "max_over_time", "avg_over_time", "sum_over_time", "quantile_over_time",
    "histogram_over_time", "compare", "topk", "bottomk", "with",
})  # fmt: skip
"""Words with a meaning of their own, which are no names."""


class Ahead:
    """Reads from left to right; ``mistake`` points at the next token."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = tokens(text)
        self._next = 0

    @property
    def token(self) -> Token:
        """The next token; the last one is of kind ``end``."""
        return self._tokens[self._next]

    def take(self) -> Token:
        """The next token, which is then read."""
        token = self.token
        if token.kind != "end":
            self._next += 1
        return token

    def sees(self, *operators: str) -> bool:
        """Whether the next token is one of these operators."""
        return self.token.kind == "operator" and self.token.text in operators

    def sees_word(self, *words: str) -> bool:
        """Whether the next token is one of these words."""
        return self.token.kind == "word" and self.token.text in words

    def takes(self, operator: str) -> bool:
        """Read it if it is next."""
        if self.sees(operator):
            self.take()
            return True
        return False

    def demand(self, operator: str) -> Token:
        """Read it. Raises QueryMistaken if something else comes."""
        if not self.sees(operator):
            raise self.mistake(f"expected {operator!r}")
        return self.take()

    def mistake(self, what: str, at: Token | None = None) -> QueryMistaken:
        """The failure at a token, else at the next one."""
        token = at or self.token
        seen = "the end" if token.kind == "end" else repr(token.text)
        return mistaken(self.text, token.at, f"{what}, found {seen}" if what.startswith("expected") else what)
