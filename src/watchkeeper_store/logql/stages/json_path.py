"""Paths into JSON documents as `| json label="…"` writes them: `servers[0].name`, `["odd key"][1]`."""

import re

from watchkeeper_store.logql.quoting import quote

Path = tuple[str | int, ...]

_TOKEN = re.compile(
    r'[ \t\n]*(?:(?P<DOT>\.)|(?P<LSB>\[)|(?P<RSB>\])|(?P<STRING>"(?:[^"\\]|\\.)*")|(?P<INDEX>[0-9]+)|(?P<FIELD>[A-Za-z_]\w*))',
    re.ASCII,
)
_BEHIND_INDEX = re.compile(r"[ \t\n\]]")
_MAX_INDEX = 2**63 - 1
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
    if reader.mistake:
        raise BadPath(reader.mistake)
    return tuple(steps)


class _Reader:
    """The words of a path. One that is none ends the path: what is wrong with it is told only where the path may end there."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.mistake = ""
        self._tokens: list[tuple[str, str]] = []
        self._index = 0
        position = 0
        while not self.mistake and (found := _TOKEN.match(text, position)) is not None:
            kind, word = found.lastgroup or "", found[found.lastgroup or 0]
            position = found.end()
            fault = _fault_of_index(word, text[position : position + 1]) if kind == "INDEX" else ""
            if fault:
                self.mistake = self._told(fault)
            else:
                self._tokens.append((kind, word))
        rest = text[position:].lstrip(" \t\n")
        if rest and not self.mistake:
            self.mistake = self._told(f"unexpected char {rest[0]}")
        self._tokens.append((_END, ""))

    def _told(self, reason: str) -> str:
        return f"cannot parse expression [{self._text}]: {reason}"

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
        reason = f"syntax error: unexpected {self.kind}" + (f", expecting {' or '.join(expected)}" if expected else "")
        return BadPath(self._told(reason))


def _fault_of_index(digits: str, behind: str) -> str:
    """What is wrong with a number before the character `behind` ("" at the end), "" where nothing is."""
    if behind == ".":
        return "cannot use float as array index"
    if _BEHIND_INDEX.fullmatch(behind) is None:
        # The reference reads the end of a path as a NUL.
        return f"non-integer value: {behind or chr(0)}"
    return f"strconv.Atoi: parsing {quote(digits)}: value out of range" if int(digits) > _MAX_INDEX else ""
