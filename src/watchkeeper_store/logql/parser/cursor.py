"""A place in the token stream, and the syntax error for being in the wrong one."""

from watchkeeper_store.logql.errors import ParseError
from watchkeeper_store.logql.lexer import END, Lexer, Token

# The reference parser lists what it expected only where that is at most four kinds of token, in this order.
_MOST_EXPECTED = 4
_ORDER = (
    *(
        "BYTES",
        "IDENTIFIER",
        "STRING",
        "NUMBER",
        "FUNCTION_FLAG",
        "DURATION",
        "RANGE",
        "=",
        "=~",
        "!~",
        "!>",
        "{",
        "}",
        ",",
        "|~",
    ),
    *("|=", "|>", "(", ")", "by", "without", "|", "unwrap", "BYTES_CONV", "DURATION_CONV", "DURATION_SECONDS_CONV", "ip"),
    *("of", "or", "and", "unless", "==", "!=", "<", "<=", ">", ">=", "+", "-"),
)
_RANK = {kind: rank for rank, kind in enumerate(_ORDER)}


class Cursor:
    """One token of lookahead over a query."""

    __slots__ = ("_lexer", "_token")

    def __init__(self, text: str) -> None:
        self._lexer = Lexer(text)
        self._token = self._lexer.next()

    @property
    def token(self) -> Token:
        """The token to be read next."""
        return self._token

    def at(self, *kinds: str) -> bool:
        """Whether the next token is of one of these kinds."""
        return self._token.kind in kinds

    def at_end(self) -> bool:
        """Whether all of the query is read."""
        return self._token.kind == END

    def advance(self) -> Token:
        """Read the next token, whatever it is."""
        token = self._token
        self._token = self._lexer.next()
        return token

    def accept(self, kind: str) -> bool:
        """Read the next token if it is of this kind."""
        if self._token.kind != kind:
            return False
        self.advance()
        return True

    def expect(self, *kinds: str) -> Token:
        """Read the next token, which has to be of one of these kinds. Raises ParseError."""
        if self._token.kind not in kinds:
            raise self.unexpected(*kinds)
        return self.advance()

    def unexpected(self, *expected: str) -> ParseError:
        """The error for the next token where only `expected` may follow; give none where almost anything may."""
        message = f"syntax error: unexpected {self._token.kind}"
        if 0 < len(expected) <= _MOST_EXPECTED:
            message += ", expecting " + " or ".join(sorted(expected, key=lambda kind: _RANK[kind]))
        return ParseError(message, self._token.line, self._token.column)
