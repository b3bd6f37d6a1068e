"""Go's string literals: reading them from a query, writing them into a printed query or a label set."""

SIMPLE_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"', "'": "'"}
_PRINTED_ESCAPES = {value: f"\\{letter}" for letter, value in SIMPLE_ESCAPES.items() if letter != "'"}
_DIGITS_OF = {"x": 2, "u": 4, "U": 8}


def quote(text: str) -> str:
    """Write `text` as a double-quoted Go literal: printable characters as they are, all others escaped."""
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return '"' + "".join(_quoted_character(character) for character in text) + '"'


def quote_octets(text: str) -> str:
    """The same as messages about durations write it: all but printable ASCII as octets."""
    if text.isascii() and text.isprintable():
        return quote(text)
    octets = text.encode("utf-8", "replace")
    return '"' + "".join(f"\\x{one:02x}" if not 0x20 <= one < 0x80 else _quoted_character(chr(one)) for one in octets) + '"'


def _quoted_character(character: str) -> str:
    escaped = _PRINTED_ESCAPES.get(character)
    if escaped is not None:
        return escaped
    code = ord(character)
    if (character.isprintable() and code != 0xFFFD) or code == 0xFFFD:
        return character
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def unquote(literal: str, *, replaces_surrogates: bool = False) -> str:
    """Read a Go literal, quotes included. Raises ValueError("invalid syntax") for an escape that is out of range.

    Half a character, such as `\\ud800`, is out of range in Go's own literals; queries read it as U+FFFD.
    """
    body = literal[1:-1]
    if literal[0] == "`":
        return body.replace("\r", "")
    if "\\" not in body:
        return body
    # Byte escapes can spell one character in several parts, so the text is put together as bytes.
    out = bytearray()
    position = 0
    while position < len(body):
        character = body[position]
        if character != "\\":
            out += character.encode("utf-8", "surrogatepass")
            position += 1
            continue
        letter = body[position + 1]
        if letter in SIMPLE_ESCAPES:
            out += SIMPLE_ESCAPES[letter].encode()
            position += 2
        elif letter in _DIGITS_OF:
            width = _DIGITS_OF[letter]
            code = int(body[position + 2 : position + 2 + width], 16)
            if replaces_surrogates and 0xD800 <= code <= 0xDFFF:
                code = 0xFFFD
            out += _code_bytes(code, is_byte=letter == "x")
            position += 2 + width
        else:
            out += _code_bytes(int(body[position + 1 : position + 4], 8), is_byte=True)
            position += 4
    return out.decode("utf-8", "replace")


def _code_bytes(code: int, *, is_byte: bool) -> bytes:
    if is_byte:
        if code > 0xFF:
            raise ValueError("invalid syntax")
        return bytes((code,))
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise ValueError("invalid syntax")
    return chr(code).encode()
