"""Paths into JSON documents as `| json label="…"` writes them: `servers[0].name`, `["odd key"][1]`."""

import re

Path = tuple[str | int, ...]

# A string goes on to a quote or a bracket, whichever comes first, and knows no escapes.
_TOKEN = re.compile(
    r'[ \t\n]*(?:(?P<DOT>\.)|(?P<LSB>\[)|(?P<RSB>\])|"(?P<STRING>[^"\]]*)(?:["\]]|$)|(?P<INDEX>[0-9]+)'
    r"|(?P<FIELD>[A-Za-z_][A-Za-z0-9_]*)|(?P<OTHER>[^ \t\n]))"
)
_END = "$end"
_LARGEST_INDEX = (1 << 63) - 1


class BadPath(ValueError):
    """Not a path."""


def parse_path(text: str) -> Path:
    """Read a path: strings are keys of objects, integers are indexes of arrays. Raises BadPath."""
    reader = _Reader(text)
    steps: list[str | int] = []
    while reader.kind != _END:
        if reader.kind == "LSB":
            steps.append(reader.bracketed())
        elif not steps:
            steps.append(reader.take("LSB", "FIELD"))
        elif reader.kind == "DOT":
            reader.take("DOT")
            steps.append(reader.take("FIELD"))
        else:
            raise reader.unexpected()
    if not steps:
        raise reader.unexpected("LSB", "FIELD")
    if reader.mistake:
        raise reader.bad(reader.mistake)
    return tuple(steps)


class _Reader:
    """Tokens up to the end or the first mistake, which is an end as well: what the grammar says of it comes first."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[tuple[str, str]] = []
        self.mistake = ""
        for found in _TOKEN.finditer(text):
            kind = found.lastgroup or ""
            self.mistake = self._mistake(kind, found[kind], text[found.end() : found.end() + 1])
            if self.mistake:
                break
            self._tokens.append((kind, found[kind]))
        self._tokens.append((_END, ""))
        self._index = 0

    @staticmethod
    def _mistake(kind: str, token: str, after: str) -> str:
        if kind == "OTHER":
            return f"unexpected char {token}"
        if kind != "INDEX":
            return ""
        if after == ".":
            return "cannot use float as array index"
        if after not in (" ", "\t", "\n", "]"):
            return f"non-integer value: {after or chr(0)}"
        return "" if int(token) <= _LARGEST_INDEX else f'strconv.Atoi: parsing "{token}": value out of range'

    @property
    def kind(self) -> str:
        return self._tokens[self._index][0]

    def take(self, *kinds: str) -> str:
        if self.kind not in kinds:
            raise self.unexpected(*kinds)
        self._index += 1
        return self._tokens[self._index - 1][1]

    def bracketed(self) -> str | int:
        self.take("LSB")
        is_index = self.kind == "INDEX"
        step = self.take("STRING", "INDEX")
        self.take("RSB")
        return int(step) if is_index else step

    def unexpected(self, *expected: str) -> BadPath:
        return self.bad(f"syntax error: unexpected {self.kind}" + (f", expecting {' or '.join(expected)}" if expected else ""))

    def bad(self, reason: str) -> BadPath:
        return BadPath(f"cannot parse expression [{self._text}]: {reason}")
