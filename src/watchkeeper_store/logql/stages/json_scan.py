"""A lenient reader of JSON objects that reports what it found up to the place where the text goes wrong.

The strict reader of the standard library is faster, and enough for well-formed lines. This one is for the others, and for raw
text of nested values: it checks only what it has to look at, like the reference implementation, and uses its error texts.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto


class JsonMistake(ValueError):
    """The text stops being an object here."""


class Kind(Enum):
    """The type of a value."""

    STRING = auto()
    NUMBER = auto()
    BOOLEAN = auto()
    NULL = auto()
    OBJECT = auto()
    ARRAY = auto()


@dataclass(frozen=True, slots=True)
class Value:
    """One member of an object or element of an array; `raw` is the text without the quotes of a string."""

    kind: Kind
    raw: str


NOT_AN_OBJECT = "Value looks like object, but can't find closing '}' symbol"
_NOT_AN_ARRAY = "Value is array, but can't find closing ']' symbol"
MALFORMED = "Malformed JSON error"
_UNKNOWN = "Unknown value type"
_BAD_STRING = "Value is string, but can't find closing '\"' symbol"
_BAD_ESCAPE = "Encountered an invalid escape sequence in a string"

_BLANK = re.compile(r"[ \t\r\n]*")
_STRING_END = re.compile(r'(?:[^"\\]|\\.)*"', re.DOTALL)
_TOKEN = re.compile(r"[^ \t\r\n,}\]]*")
_BRACKET_OR_STRING = {"{": re.compile(r'["{}]'), "[": re.compile(r'["\[\]]')}


MOST_NESTED = 128
"""Objects and arrays inside each other that are looked into. Each is scanned once for every one around it."""
# possessive, and without need of a closing quote: a string that never ends is read once, not from each of its quotes anew
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+"?|[{}\[\]]', re.DOTALL)


def is_nested_too_deeply(text: str) -> bool:
    """Whether any value lies in more than `MOST_NESTED` others. Reads the text once."""
    if text.count("{") + text.count("[") <= MOST_NESTED:
        return False
    depth = 0
    for found in _STRING_OR_BRACKET.finditer(text):
        mark = found[0]
        if mark in "{[":
            depth += 1
            if depth > MOST_NESTED:
                return True
        elif mark in "}]":
            depth -= 1
    return False


def skip_blank(text: str, position: int) -> int:
    """Where the next token begins."""
    blank = _BLANK.match(text, position)
    return blank.end() if blank is not None else position


def string_end(text: str, position: int) -> int | None:
    """Behind the closing quote of a string whose text begins at the position."""
    end = _STRING_END.match(text, position)
    return None if end is None else end.end()


def block_end(text: str, position: int, opening: str, mistake: str) -> int:
    """Behind the brace or bracket that closes the one at the position. Raises JsonMistake with the text `mistake`."""
    depth = 0
    marks = _BRACKET_OR_STRING[opening]
    while (mark := marks.search(text, position)) is not None:
        position = mark.end()
        if mark[0] == '"':
            end = _STRING_END.match(text, position)
            if end is None:
                break
            position = end.end()
        elif mark[0] == opening:
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                return position
    raise JsonMistake(mistake)


def value_at(text: str, position: int) -> tuple[Value, int]:
    """The next value and where it ends. Raises JsonMistake."""
    position = skip_blank(text, position)
    if position >= len(text):
        raise JsonMistake(MALFORMED)
    first = text[position]
    if first == '"':
        end = _STRING_END.match(text, position + 1)
        if end is None:
            raise JsonMistake(_BAD_STRING)
        return Value(Kind.STRING, text[position + 1 : end.end() - 1]), end.end()
    if first in "{[":
        close = block_end(text, position, first, NOT_AN_OBJECT if first == "{" else _NOT_AN_ARRAY)
        return Value(Kind.OBJECT if first == "{" else Kind.ARRAY, text[position:close]), close
    token = _TOKEN.match(text, position)
    raw = token[0] if token is not None else ""
    end_of_token = position + len(raw)
    if raw in ("true", "false"):
        return Value(Kind.BOOLEAN, raw), end_of_token
    if raw == "null":
        return Value(Kind.NULL, raw), end_of_token
    if raw and (raw[0] == "-" or "0" <= raw[0] <= "9"):
        return Value(Kind.NUMBER, raw), end_of_token
    raise JsonMistake(_UNKNOWN)


def members(text: str) -> Iterator[tuple[str, Value]]:
    """Keys (unescaped) and values of an object, one by one; what follows its end is not read. Raises JsonMistake."""
    position = skip_blank(text, 0)
    if position >= len(text) or text[position] != "{":
        raise JsonMistake(NOT_AN_OBJECT)
    position = skip_blank(text, position + 1)
    if position >= len(text):
        raise JsonMistake(MALFORMED)
    while True:
        if position < len(text) and text[position] == "}":
            return
        if position >= len(text) or text[position] != '"':
            raise JsonMistake(NOT_AN_OBJECT)
        end = _STRING_END.match(text, position + 1)
        if end is None:
            raise JsonMistake(MALFORMED)
        key = unescaped(text[position + 1 : end.end() - 1])
        if key is None:
            raise JsonMistake(_BAD_ESCAPE)
        position = skip_blank(text, end.end())
        if position >= len(text) or text[position] != ":":
            raise JsonMistake(MALFORMED)
        value, position = value_at(text, position + 1)
        yield key, value
        mark, position = _separator(text, position)
        if mark == "}":
            return


def _separator(text: str, position: int) -> tuple[str, int]:
    """What comes behind a value, a comma or the closing brace, and where the next key starts."""
    position = skip_blank(text, position)
    mark = text[position : position + 1]
    if mark not in ("", ",", "}"):
        raise JsonMistake(NOT_AN_OBJECT)
    position = skip_blank(text, position + 1)
    if not mark or (mark == "," and position >= len(text)):
        raise JsonMistake(_NOT_AN_ARRAY)
    return mark, position


def elements(text: str, position: int = 0) -> Iterator[tuple[Value, int]]:
    """Values of the array at the position, and where each of them ends. Raises JsonMistake."""
    position = skip_blank(text, position)
    if position >= len(text) or text[position] != "[":
        raise JsonMistake(_NOT_AN_ARRAY)
    position = skip_blank(text, position + 1)
    if position < len(text) and text[position] == "]":
        return
    while True:
        value, position = value_at(text, position)
        yield value, position
        position = skip_blank(text, position)
        if position >= len(text) or text[position] != ",":
            return
        position += 1


_ESCAPE_OR_QUOTE = re.compile(r'\\.|"', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")


def unescaped(raw: str) -> str | None:
    """The text of a string literal without its quotes, None where an escape in it is bad or stands for half a character."""
    if "\\" not in raw:
        return raw
    try:
        text = json.loads(f'"{raw}"', strict=False)
    except ValueError:
        return None
    return text if isinstance(text, str) and _SURROGATE.search(text) is None else None


def label_text(raw: str) -> str:
    """The text of a string literal as a label value: "" for bad escapes, blanks for characters that no label may hold."""
    text = unescaped(raw)
    return clean(text) if text is not None else ""


def array_text(raw: str) -> str:
    """An array as a label value: as it is written, but for escapes, which the reference undoes in it as if it were a string."""
    if "\\" not in raw:
        return clean(raw)
    return label_text(_ESCAPE_OR_QUOTE.sub(lambda found: '\\"' if found[0] == '"' else found[0], raw))


def clean(text: str) -> str:
    """Replace the replacement character by a blank; a text with half a character, which only a bad escape gives, is ""."""
    if text.isascii():
        return text
    return "" if _SURROGATE.search(text) is not None else text.replace("\ufffd", " ")
