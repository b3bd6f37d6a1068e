"""Text → tokens. An attribute's name is one token: it may hold nearly every character, so only the lexer can tell its end."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from typing import Literal

from watchkeeper_store.traceql.failure import QueryMistaken
from watchkeeper_store.traceql.quantities import TooLarge, duration_at, number_at
from watchkeeper_store.traceql.tree import INTRINSICS

TokenKind = Literal["word", "string", "integer", "float", "duration", "attribute", "scoped", "operator", "end"]

_OPERATORS = tuple(
    sorted(
        [
            "&&",
            "||",
            ">>",
            "<<",
            ">=",
            "<=",
            "!=",
            "=~",
            "!~",
            "!>>",
            "!<<",
            "!>",
            "!<",
            "&>>",
            "&<<",
            "&>",
            "&<",
            "&~",
            "{",
            "}",
            "(",
            ")",
            "=",
            "<",
            ">",
            "~",
            "!",
            "|",
            "+",
            "-",
            "*",
            "/",
            "%",
            "^",
            ",",
        ],
        key=len,
        reverse=True,
    )
)
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SCOPES = ("parent.resource.", "parent.span.", "parent.", "resource.", "span.", "event.", "link.", "instrumentation.", ".")
_ENDS_ATTRIBUTE = frozenset("{}()=~!<>&|^,")
_SCOPED = re.compile(r"(trace|span|event|link|instrumentation):[ \t\r\n]*([A-Za-z]\w*)")


@dataclass(frozen=True, slots=True)
class Token:
    """``at`` counts from 0.

    ``value``: the decoded string, number, nanoseconds, (scope, name) of an attribute, or the plain name of a scoped intrinsic.
    """

    kind: TokenKind
    text: str
    at: int
    value: object = None


def tokens(text: str) -> list[Token]:
    """All tokens, an ``end`` last. Raises QueryMistaken."""
    found: list[Token] = []
    at = 0
    while True:
        while at < len(text) and (text[at].isspace() or text.startswith("//", at) or text.startswith("/*", at)):
            at = _after_space(text, at)
        if at >= len(text):
            return [*found, Token("end", "", at)]
        token = _next(text, at)
        found.append(token)
        at += len(token.text)


def mistaken(text: str, at: int, what: str) -> QueryMistaken:
    """The failure at that place of the text."""
    before = text[:at]
    return QueryMistaken(what, line=before.count("\n") + 1, column=at - (before.rfind("\n") + 1) + 1)


def _after_space(text: str, at: int) -> int:
    if text.startswith("//", at):
        end = text.find("\n", at)
        return len(text) if end < 0 else end + 1
    if text.startswith("/*", at):
        end = text.find("*/", at + 2)
        if end < 0:
            raise mistaken(text, at, "a comment does not end")
        return end + 2
    return at + 1


def _next(text: str, at: int) -> Token:
    letter = text[at]
    if letter in '"`':
        return _string(text, at)
    # A dot before a digit begins a number: an attribute without a scope whose name begins so must be quoted.
    if _is_digit(text, at) or (letter == "." and _is_digit(text, at + 1)):
        return _number(text, at)
    for scope in _SCOPES:
        if text.startswith(scope, at) and _begins_attribute(text, at + len(scope)):
            return _attribute(text, at, scope)
    if (scoped := _SCOPED.match(text, at)) and (name := f"{scoped[1]}:{scoped[2]}") in INTRINSICS:
        return Token("scoped", scoped[0], at, name)
    if word := _WORD.match(text, at):
        return Token("word", word[0], at)
    for operator in _OPERATORS:
        if text.startswith(operator, at):
            return Token("operator", operator, at)
    raise mistaken(text, at, f"unexpected {letter!r}")


def _is_digit(text: str, at: int) -> bool:
    return at < len(text) and text[at].isascii() and text[at].isdigit()


def _is_word(text: str, at: int) -> bool:
    return at < len(text) and (text[at].isalnum() or text[at] == "_")


def _begins_attribute(text: str, at: int) -> bool:
    return at < len(text) and text[at] not in _ENDS_ATTRIBUTE and not text[at].isspace()


def _attribute(text: str, at: int, scope: str) -> Token:
    name, here = [], at + len(scope)
    while here < len(text):
        letter = text[here]
        if letter == '"':
            end = _closing(text, here)
            name.append(_unquoted(text, here, end))
            here = end + 1
        elif letter in _ENDS_ATTRIBUTE or letter.isspace():
            break
        else:
            name.append(letter)
            here += 1
    return Token("attribute", text[at:here], at, (scope, "".join(name)))


def _closing(text: str, at: int) -> int:
    here = at + 1
    while here < len(text) and text[here] != '"':
        here += 2 if text[here] == "\\" else 1
    if here >= len(text):
        raise mistaken(text, at, "a quoted name does not end")
    return here


def _unquoted(text: str, at: int, end: int) -> str:
    inside, name, here = text[at + 1 : end], [], 0
    while here < len(inside):
        if inside[here] == "\\":
            here += 1
            if inside[here] not in '\\"':
                raise mistaken(text, at + here, "invalid escape sequence in a quoted name")
        name.append(inside[here])
        here += 1
    return "".join(name)


def _string(text: str, at: int) -> Token:
    quote = text[at]
    if quote == "`":
        end = text.find("`", at + 1)
        if end < 0:
            raise mistaken(text, at, "a string does not end")
        return Token("string", text[at : end + 1], at, text[at + 1 : end])
    here = at + 1
    while here < len(text) and text[here] != quote:
        if text[here] == "\n":
            break
        here += 2 if text[here] == "\\" else 1
    if here >= len(text) or text[here] != quote:
        raise mistaken(text, at, "a string does not end")
    written = text[at : here + 1]
    try:
        return Token("string", written, at, _go_string(written[1:-1]))
    except ValueError:
        raise mistaken(text, at, "invalid escape sequence in a string") from None


_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"'}
_CODED = re.compile(r"x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})")


def _go_string(inside: str) -> str:
    """Go's escapes in an interpreted string. Raises ValueError."""
    made, at = bytearray(), 0
    while at < len(inside):
        if inside[at] != "\\":
            made += inside[at].encode("utf-8", "surrogatepass")
            at += 1
            continue
        letter = inside[at + 1]
        if letter in _SIMPLE:
            made += _SIMPLE[letter].encode()
            at += 2
            continue
        coded = _CODED.match(inside, at + 1)
        if coded is None:
            raise ValueError(letter)
        byte, short, long, octal = coded.groups()
        if byte or octal:
            made += bytes([int(byte, 16) if byte else int(octal, 8)])
        else:
            code = int(short or long, 16)
            if code > sys.maxunicode:
                raise ValueError(code)
            made += chr(code).encode()
        at = coded.end()
    return made.decode("utf-8", "replace")


def _number(text: str, at: int) -> Token:
    try:
        duration = duration_at(text, at)
        number = None if duration is not None else number_at(text, at)
    except TooLarge as failure:
        raise mistaken(text, at, str(failure)) from None
    written, value = duration or number or ("", 0)
    if not written or _is_word(text, at + len(written)):
        raise mistaken(text, at, "a number ends in something that is no unit of time")
    kind: TokenKind = "duration" if duration is not None else "integer" if isinstance(value, int) else "float"
    return Token(kind, written, at, value)


def quoted(text: str) -> str:
    """A string as TraceQL writes it."""
    return json.dumps(text, ensure_ascii=False)
