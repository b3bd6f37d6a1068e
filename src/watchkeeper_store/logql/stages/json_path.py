"""Paths into JSON documents as `| json label="…"` writes them: `servers[0].name`, `["odd key"][1]`."""

import re

Path = tuple[str | int, ...]

_TOKEN = re.compile(
    r'\s*(?:(?P<DOT>\.)|(?P<LSB>\[)|(?P<RSB>\])|(?P<STRING>"(?:[^"\\]|\\.)*")|(?P<INDEX>[0-9]+)|(?P<FIELD>[^\W\d]\w*)|(?P<OTHER>\S))'
)
_END = "$end"


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
    return tuple(steps)


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = [(found.lastgroup or "", found[found.lastgroup or 0]) for found in _TOKEN.finditer(text)]
        self._tokens.append((_END, ""))
        self._index = 0

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
        return int(step) if is_index else re.sub(r"\\(.)", r"\1", step[1:-1])

    def unexpected(self, *expected: str) -> BadPath:
        if self.kind == "OTHER":
            reason = f"unexpected char {self._tokens[self._index][1]}"
        else:
            reason = f"syntax error: unexpected {self.kind}" + (f", expecting {' or '.join(expected)}" if expected else "")
        return BadPath(f"cannot parse expression [{self._text}]: {reason}")
