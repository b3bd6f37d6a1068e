"""Text of a template → plain text and the tokens of its actions."""

import re
from dataclasses import dataclass
from enum import Enum, auto

from watchkeeper_store.logql.quoting import quote


class BadTemplate(ValueError):
    """A template that cannot be parsed; the text is Go's."""


class Kind(Enum):
    """What a token is."""

    TEXT = auto()
    OPEN = auto()
    CLOSE = auto()
    STRING = auto()
    CHARACTER = auto()
    NUMBER = auto()
    BOOLEAN = auto()
    NIL = auto()
    KEYWORD = auto()
    IDENTIFIER = auto()
    FIELD = auto()
    VARIABLE = auto()
    DOT = auto()
    PIPE = auto()
    DECLARE = auto()
    ASSIGN = auto()
    COMMA = auto()
    LEFT_PARENTHESIS = auto()
    RIGHT_PARENTHESIS = auto()
    SPACE = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """One token; `position` counts characters from the start of the template."""

    kind: Kind
    text: str
    position: int


KEYWORDS = frozenset({"break", "continue", "else", "end", "if", "range", "with", "define", "block", "template"})

_SPACE = re.compile(r"[ \t\r\n]+")
_BLANKS = " \t\r\n"
_COMMENT = re.compile(r"[ \t\r\n]*/\*.*?\*/(?:([ \t\r\n]-))?\}\}", re.DOTALL)
_WORD = re.compile(r"[^\W\d]\w*")
_FIELD = re.compile(r"\.([^\W\d]\w*)")
_VARIABLE = re.compile(r"\$\w*")
_NUMBER = re.compile(
    r"[+-]?(?:0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9_]+)(?:[eE][+-]?[0-9_]+)?)"
)
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_RAW_STRING = re.compile(r"`[^`]*`")
_CHARACTER = re.compile(r"'(?:[^'\\\n]|\\.)+'")
_BEHIND_A_WORD = " \t\r\n.,|:)("
_SIGNS = {"|": Kind.PIPE, "=": Kind.ASSIGN, ",": Kind.COMMA, "(": Kind.LEFT_PARENTHESIS, ")": Kind.RIGHT_PARENTHESIS}


def tokens(text: str, name: str) -> list[Token]:
    """All tokens, text between actions included, a final END last. Raises BadTemplate with the line of the mistake."""
    return _Scanner(text, name).all()


class _Scanner:
    def __init__(self, text: str, name: str) -> None:
        self._text = text
        self._name = name
        self._position = 0
        self._found: list[Token] = []

    def all(self) -> list[Token]:
        text = self._text
        trims_left = False
        while True:
            opening = text.find("{{", self._position)
            plain = text[self._position :] if opening < 0 else text[self._position : opening]
            if trims_left:
                plain = plain.lstrip(_BLANKS)
            if opening < 0:
                self._add_text(plain)
                self._found.append(Token(Kind.END, "", len(text)))
                return self._found
            trims_right = text[opening + 2 : opening + 3] == "-" and text[opening + 3 : opening + 4] in tuple(_BLANKS)
            self._add_text(plain.rstrip(_BLANKS) if trims_right else plain)
            self._position = opening + (3 if trims_right else 2)
            comment = _COMMENT.match(text, self._position)
            if comment is not None:
                self._position = comment.end()
                trims_left = comment[1] is not None
            else:
                trims_left = self._action(opening)

    def _add_text(self, plain: str) -> None:
        if plain:
            self._found.append(Token(Kind.TEXT, plain, self._position))

    def mistake(self, message: str) -> BadTemplate:
        line = self._text.count("\n", 0, self._position) + 1
        return BadTemplate(f"template: {self._name}:{line}: {message}")

    def _action(self, opening: int) -> bool:
        """Read up to the closing mark; the answer is whether that trims the text behind it."""
        if self._text.startswith("/*", self._position):
            raise self.mistake("unclosed comment")
        self._found.append(Token(Kind.OPEN, "{{", opening))
        depth = 0
        text = self._text
        while True:
            if self._position >= len(text):
                raise self.mistake("unclosed action")
            space = _SPACE.match(text, self._position)
            if space is not None:
                after = space.end()
                if text.startswith("-}}", after):
                    self._close(after, depth, 3)
                    return True
                self._found.append(Token(Kind.SPACE, space[0], self._position))
                self._position = after
            elif text.startswith("}}", self._position):
                self._close(self._position, depth, 2)
                return False
            else:
                depth += self._token(depth)

    def _close(self, position: int, depth: int, length: int) -> None:
        if depth:
            raise self.mistake("unclosed left paren")
        self._found.append(Token(Kind.CLOSE, "}}", position))
        self._position = position + length

    def _take(self, kind: Kind, text: str) -> None:
        self._found.append(Token(kind, text, self._position))
        self._position += len(text)

    def _token(self, depth: int) -> int:
        """Read one token; the answer is by how much it changes the depth of parentheses."""
        text, position = self._text, self._position
        first = text[position]
        if first in _SIGNS:
            if first == ")" and depth == 0:
                raise self.mistake("unexpected right paren")
            self._take(_SIGNS[first], first)
            return 1 if first == "(" else -1 if first == ")" else 0
        if text.startswith(":=", position):
            self._take(Kind.DECLARE, ":=")
            return 0
        for kind, pattern, starts in (
            (Kind.STRING, _STRING, '"'),
            (Kind.STRING, _RAW_STRING, "`"),
            (Kind.CHARACTER, _CHARACTER, "'"),
            (Kind.VARIABLE, _VARIABLE, "$"),
        ):
            if first == starts:
                found = pattern.match(text, position)
                if found is None:
                    what = {"'": "character constant", '"': "quoted string", "`": "raw quoted string"}[first]
                    raise self.mistake(f"unterminated {what}")
                self._take(kind, found[0])
                if kind is Kind.VARIABLE:
                    self._check_end_of_word()
                return 0
        self._word_or_number(first)
        return 0

    def _word_or_number(self, first: str) -> None:
        text, position = self._text, self._position
        field = _FIELD.match(text, position)
        if field is not None:
            self._take(Kind.FIELD, field[0])
            self._check_end_of_word()
            return
        number = _NUMBER.match(text, position)
        if number is not None:
            end = number.end()
            if end < len(text) and (text[end].isalnum() or text[end] == "_"):
                raise self.mistake(f"bad number syntax: {quote(text[position : end + 1])}")
            self._take(Kind.NUMBER, number[0])
            return
        if first == ".":
            self._take(Kind.DOT, ".")
            self._check_end_of_word()
            return
        word = _WORD.match(text, position)
        if word is None:
            raise self.mistake(f"unrecognized character in action: U+{ord(first):04X} '{first}'")
        kind = Kind.IDENTIFIER
        if word[0] in KEYWORDS:
            kind = Kind.KEYWORD
        elif word[0] in ("true", "false"):
            kind = Kind.BOOLEAN
        elif word[0] == "nil":
            kind = Kind.NIL
        self._take(kind, word[0])
        self._check_end_of_word()

    def _check_end_of_word(self) -> None:
        """Only some characters may follow: a minus as in `{{.my-label}}` may not."""
        after = self._text[self._position : self._position + 1]
        if after and after not in _BEHIND_A_WORD and not self._text.startswith("}}", self._position):
            shown = f" '{after}'" if after.isprintable() else ""
            raise self.mistake(f"bad character U+{ord(after):04X}{shown}")
