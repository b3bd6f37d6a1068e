"""Template functions about text: those LogQL has under its own names, and those it takes from sprig."""

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote_plus

from watchkeeper_store.logql.regex import BadPattern, compiled
from watchkeeper_store.logql.template.references import expand_references
from watchkeeper_store.logql.template.signatures import Function, FunctionFailure, check_length
from watchkeeper_store.logql.template.values import Value, is_true

_SPACES = " \t\n\v\f\r\x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"


def _replace(text: str, old: str, new: str, count: int) -> str:
    check_length(text.count(old) * len(new))
    return text.replace(old, new, count if count >= 0 else -1)


def _found(pattern: str, octets: bytes) -> Iterator[Any]:
    """Matches in order, without an empty one right behind another: Go has none. Raises FunctionFailure.

    In bytes, because the library is slow at counting characters; so an empty match may be found inside one, which Go has not.
    """
    try:
        regex = compiled(pattern)
    except BadPattern as mistake:
        raise FunctionFailure(str(mistake)) from None
    last_end = -1
    for found in regex.finditer(octets):
        end = found.end()
        if end > last_end and not (found.start() == end < len(octets) and octets[end] & 0xC0 == 0x80):
            yield found
        last_end = end


def _with_replaced(pattern: str, text: str, replacement: Callable[[Any], str]) -> str:
    octets = text.encode("utf-8", "surrogatepass")
    parts: list[bytes] = []
    position = length = 0
    for found in _found(pattern, octets):
        parts += (octets[position : found.start()], replacement(found).encode("utf-8", "surrogatepass"))
        length += len(parts[-1])
        check_length(length)
        position = found.end()
    return _text(b"".join((*parts, octets[position:])))


def _regex_replace(pattern: str, text: str, replacement: str) -> str:
    def expanded(found: Any) -> str:
        def group(number: int) -> str:
            return _text(found.group(number) or b"")

        return expand_references(replacement, group, found.re.groupindex)

    return _with_replaced(pattern, text, expanded)


def _regex_replace_literal(pattern: str, text: str, replacement: str) -> str:
    return _with_replaced(pattern, text, lambda _: replacement)


def _count(pattern: str, text: str) -> int:
    return sum(1 for _ in _found(pattern, text.encode("utf-8", "surrogatepass")))


_BAD_ESCAPE = re.compile(r"%(?![0-9a-fA-F]{2}).{0,2}")


def _url_decode(text: str) -> str:
    bad = _BAD_ESCAPE.search(text)
    if bad is not None:
        raise FunctionFailure(f'invalid URL escape "{bad[0]}"')
    raw = re.sub(rb"%([0-9a-fA-F]{2})", lambda code: bytes((int(code[1], 16),)), text.replace("+", " ").encode())
    return raw.decode("utf-8", "replace")


def _url_encode(text: str) -> str:
    return quote_plus(text, safe="")


def _base64_decode(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        position = next((index for index, mark in enumerate(text) if not (mark.isalnum() or mark in "+/=")), len(text) // 4 * 4)
        return f"illegal base64 data at input byte {position}"


def _title(text: str) -> str:
    """Upper-case the first letter of each word; a word starts where no letter, digit or underscore comes before."""
    out: list[str] = []
    before = " "
    for mark in text:
        starts = not (before.isalnum() or before == "_" or (before > "\x7f" and not before.isspace()))
        out.append(_upper(mark) if starts else mark)
        before = mark
    return "".join(out)


def _lower(text: str) -> str:
    """Character by character, as Go does: the end of a word and letters with several counterparts are nothing special."""
    return text.lower() if text.isascii() else "".join(_single(mark, mark.lower()) for mark in text)


def _upper(text: str) -> str:
    return text.upper() if text.isascii() else "".join(_single(mark, mark.upper()) for mark in text)


def _single(mark: str, counterpart: str) -> str:
    return counterpart if len(counterpart) == 1 else mark


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "replace")


def _truncate(count: int, text: str) -> str:
    """Counts bytes, as sprig does."""
    octets = text.encode()
    if count < 0 and len(octets) + count > 0:
        return _text(octets[len(octets) + count :])
    if count >= 0 and len(octets) > count:
        return _text(octets[:count])
    return text


def _substring(start: int, end: int, text: str) -> str:
    """Counts bytes, as sprig does, and fails where Go would."""
    octets = text.encode()
    if start < 0:
        if end > len(octets):
            raise _out_of_range(f"[:{end}] with length {len(octets)}")
        if end < 0:
            raise _out_of_range(f"[:{end}]")
        return _text(octets[:end])
    if end < 0 or end > len(octets):
        if start > len(octets):
            raise _out_of_range(f"[{start}:{len(octets)}]")
        return _text(octets[start:])
    if start > end:
        raise _out_of_range(f"[{start}:{end}]")
    return _text(octets[start:end])


def _out_of_range(bounds: str) -> FunctionFailure:
    return FunctionFailure(f"runtime error: slice bounds out of range {bounds}")


def _blanks(count: int) -> str:
    if count < 0:
        raise FunctionFailure("strings: negative Repeat count")
    check_length(count)
    return " " * count


def _indent(spaces: int, text: str) -> str:
    pad = _blanks(spaces)
    check_length(len(pad) * text.count("\n"))
    return pad + text.replace("\n", f"\n{pad}")


def _repeat(count: int, text: str) -> str:
    if count < 0:
        raise FunctionFailure("strings: negative Repeat count")
    check_length(count * len(text))
    return text * count


def _align_left(count: int, text: str) -> str:
    if count < 0:
        return text
    return text[:count] if count < len(text) else text + _blanks(count - len(text))


def _align_right(count: int, text: str) -> str:
    if count < 0:
        return text
    return text[len(text) - count :] if count < len(text) else _blanks(count - len(text)) + text


def _from_json(text: str) -> Value:
    try:
        decoded: Value = json.loads(text, parse_int=float)
        return _with_whole_characters(decoded) if "\\u" in text else decoded
    except (ValueError, RecursionError):
        return None


def _with_whole_characters(value: Value) -> Value:
    """Half a character, which an escape can stand for, becomes the replacement character: it could not be written."""
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case list():
            return [_with_whole_characters(item) for item in value]
        case dict():
            return {str(_with_whole_characters(key)): _with_whole_characters(item) for key, item in value.items()}
        case _:
            return value


def _default(fallback: Value, *given: Value) -> Value:
    return given[0] if given and is_true(given[0]) else fallback


TEXT_FUNCTIONS = (
    Function(name="ToLower", parameters=("string",), summary="lower case", call=_lower),
    Function(name="ToUpper", parameters=("string",), summary="upper case", call=_upper),
    Function(
        name="Replace",
        parameters=("string", "string", "string", "int"),
        summary="text, old, new, how often (-1: always)",
        call=_replace,
    ),
    Function(
        name="Trim", parameters=("string", "string"), summary="text without these characters at both ends", call=str.strip
    ),
    Function(
        name="TrimLeft", parameters=("string", "string"), summary="text without these characters at its start", call=str.lstrip
    ),
    Function(
        name="TrimRight", parameters=("string", "string"), summary="text without these characters at its end", call=str.rstrip
    ),
    Function(name="TrimPrefix", parameters=("string", "string"), summary="text without the prefix", call=str.removeprefix),
    Function(name="TrimSuffix", parameters=("string", "string"), summary="text without the suffix", call=str.removesuffix),
    Function(
        name="TrimSpace",
        parameters=("string",),
        summary="text without blanks at both ends",
        call=lambda text: text.strip(_SPACES),
    ),
    Function(
        name="regexReplaceAll",
        parameters=("string", "string", "string"),
        summary="pattern, text, replacement with `$1` or `${name}`",
        call=_regex_replace,
    ),
    Function(
        name="regexReplaceAllLiteral",
        parameters=("string", "string", "string"),
        summary="pattern, text, replacement taken as it is",
        call=_regex_replace_literal,
    ),
    Function(name="count", parameters=("string", "string"), summary="how often a pattern is found in a text", call=_count),
    Function(name="urldecode", parameters=("string",), summary="text from a URL query", call=_url_decode),
    Function(name="urlencode", parameters=("string",), summary="text for a URL query", call=_url_encode),
    Function(
        name="alignLeft", parameters=("int", "string"), summary="text cut or padded on the right to a width", call=_align_left
    ),
    Function(
        name="alignRight", parameters=("int", "string"), summary="text cut or padded on the left to a width", call=_align_right
    ),
    Function(
        name="b64enc", parameters=("string",), summary="base64", call=lambda text: base64.b64encode(text.encode()).decode()
    ),
    Function(name="b64dec", parameters=("string",), summary="text from base64", call=_base64_decode),
    Function(name="lower", parameters=("string",), summary="lower case", call=_lower),
    Function(name="upper", parameters=("string",), summary="upper case", call=_upper),
    Function(name="title", parameters=("string",), summary="first letter of each word in upper case", call=_title),
    Function(name="trunc", parameters=("int", "string"), summary="the first (negative: last) bytes", call=_truncate),
    Function(name="substr", parameters=("int", "int", "string"), summary="bytes from start to before end", call=_substring),
    Function(
        name="contains",
        parameters=("string", "string"),
        summary="whether the first is in the second",
        call=lambda part, text: part in text,
    ),
    Function(
        name="hasPrefix",
        parameters=("string", "string"),
        summary="whether the second starts with the first",
        call=lambda part, text: text.startswith(part),
    ),
    Function(
        name="hasSuffix",
        parameters=("string", "string"),
        summary="whether the second ends with the first",
        call=lambda part, text: text.endswith(part),
    ),
    Function(name="indent", parameters=("int", "string"), summary="blanks before each line", call=_indent),
    Function(
        name="nindent",
        parameters=("int", "string"),
        summary="a new line, then blanks before each line",
        call=lambda n, text: "\n" + _indent(n, text),
    ),
    Function(
        name="replace",
        parameters=("string", "string", "string"),
        summary="old, new, text",
        call=lambda old, new, text: _replace(text, old, new, -1),
    ),
    Function(name="repeat", parameters=("int", "string"), summary="the text so many times", call=_repeat),
    Function(
        name="trim", parameters=("string",), summary="text without blanks at both ends", call=lambda text: text.strip(_SPACES)
    ),
    Function(
        name="trimAll",
        parameters=("string", "string"),
        summary="characters, text",
        call=lambda marks, text: text.strip(marks) if marks else text,
    ),
    Function(
        name="trimSuffix",
        parameters=("string", "string"),
        summary="suffix, text",
        call=lambda part, text: text.removesuffix(part),
    ),
    Function(
        name="trimPrefix",
        parameters=("string", "string"),
        summary="prefix, text",
        call=lambda part, text: text.removeprefix(part),
    ),
    Function(name="fromJson", parameters=("string",), summary="the value of a JSON text", call=_from_json),
    Function(
        name="default",
        parameters=("any",),
        rest="any",
        summary="the second value, or the first where that is empty",
        call=_default,
    ),
)
