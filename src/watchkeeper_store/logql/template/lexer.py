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
    OTHER = auto()
    MISTAKE = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """One token; `position` counts characters from the start of the template. The text of a mistake is its whole message."""

    kind: Kind
    text: str
    position: int


KEYWORDS = frozenset({"break", "continue", "else", "end", "if", "range", "with", "define", "block", "template"})

_SPACE = re.compile(r"[ \t\r\n]+")
_BLANKS = " \t\r\n"
_COMMENT = re.compile(r"[ \t\r\n]*/\*.*?\*/(?:([ \t\r\n]-))?\}\}", re.DOTALL)
_WORD = re.compile(r"[^\W\d]\w*")
_NAME = re.compile(r"\w*")
# As far as the reference scanner reads a number: what it lacks, or has too much, is only said afterwards.
_NUMBER = re.compile(
    r"[+-]?(?:0[xX][0-9a-fA-F_]*\.?[0-9a-fA-F_]*(?:[pP][+-]?[0-9_]*)?|0[oO][0-7_]*\.?[0-7_]*|0[bB][01_]*\.?[01_]*"
    r"|[0-9_]*\.?[0-9_]*(?:[eE][+-]?[0-9_]*)?)i?"
)
# What may stand behind a name.
_TERMINATOR = re.compile(r"[ \t\r\n.,|:)(]|\}\}|$(?!\n)")
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_RAW_STRING = re.compile(r"`[^`]*`")
_CHARACTER = re.compile(r"'(?:[^'\\\n]|\\.)+'")
_MARKS = (
    ('"', Kind.STRING, _STRING, "quoted string"),
    ("`", Kind.STRING, _RAW_STRING, "raw quoted string"),
    ("'", Kind.CHARACTER, _CHARACTER, "character constant"),
)
_SIGNS = {"|": Kind.PIPE, "=": Kind.ASSIGN, ",": Kind.COMMA, "(": Kind.LEFT_PARENTHESIS, ")": Kind.RIGHT_PARENTHESIS}


def tokens(text: str, name: str) -> list[Token]:
    """All tokens, text between actions included, a final END last; or up to the first mistake, which then is the last token.

    It is a token, since what is wrong with the words before it is told first.
    """
    scanner = _Scanner(text, name)
    try:
        return scanner.all()
    except BadTemplate as mistake:
        return scanner.stopped_by(mistake)


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

    def stopped_by(self, mistake: BadTemplate) -> list[Token]:
        """The tokens found until the mistake, and itself."""
        return [*self._found, Token(Kind.MISTAKE, str(mistake), self._position)]

    def _add_text(self, plain: str) -> None:
        if plain:
            self._found.append(Token(Kind.TEXT, plain, self._position))

    def mistake(self, message: str) -> BadTemplate:
        line = self._text.count("\n", 0, self._position) + 1
        return BadTemplate(f"template: {self._name}:{line}: {message}")

    def _action(self, opening: int) -> bool:
        """Read up to the closing mark; the answer is whether that trims the text behind it."""
        if self._text.startswith("/*", self._position):
            is_open = self._text.find("*/", self._position + 2) < 0
            raise self.mistake("unclosed comment" if is_open else "comment ends before closing delimiter")
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
        if first == ":":
            if not text.startswith(":=", position):
                raise self.mistake("expected :=")
            self._take(Kind.DECLARE, ":=")
            return 0
        for mark, kind, pattern, what in _MARKS:
            if first == mark:
                found = pattern.match(text, position)
                if found is None:
                    raise self.mistake(f"unterminated {what}")
                self._take(kind, found[0])
                return 0
        self._word_or_number(first)
        return 0

    def _word_or_number(self, first: str) -> None:
        after = self._text[self._position + 1 : self._position + 2]
        if first == "$" or (first == "." and after and after not in "0123456789"):
            self._field_or_variable(first)
        elif first in ".+-0123456789":
            self._number()
        elif (word := _WORD.match(self._text, self._position)) is not None:
            self._check_end_of_name(word.end())
            self._take(_kind_of_word(word[0]), word[0])
        elif " " < first <= "~":
            self._take(Kind.OTHER, first)
        else:
            raise self.mistake(f"unrecognized character in action: {_shown(first)}")

    def _field_or_variable(self, first: str) -> None:
        found = _NAME.match(self._text, self._position + 1)
        name = found[0] if found is not None else ""
        self._check_end_of_name(self._position + 1 + len(name))
        kind = Kind.VARIABLE if first == "$" else Kind.FIELD if name else Kind.DOT
        self._take(kind, first + name)

    def _check_end_of_name(self, end: int) -> None:
        if _TERMINATOR.match(self._text, end) is None:
            raise self.mistake(f"bad character {_shown(self._text[end])}")

    def _number(self) -> None:
        text, position = self._text, self._position
        found = _NUMBER.match(text, position)
        end = found.end() if found is not None else position
        if text[end : end + 1].isalnum() or text[end : end + 1] in ("_", "+", "-"):
            raise self.mistake(f"bad number syntax: {quote(text[position : end + 1])}")
        self._take(Kind.NUMBER, text[position:end])


def _shown(character: str) -> str:
    return f"U+{ord(character):04X}" + (f" '{character}'" if character.isprintable() else "")


def _kind_of_word(word: str) -> Kind:
    if word in KEYWORDS:
        return Kind.KEYWORD
    if word in ("true", "false"):
        return Kind.BOOLEAN
    return Kind.NIL if word == "nil" else Kind.IDENTIFIER
