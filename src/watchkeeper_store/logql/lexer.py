"""Text → tokens, with the places and the mistakes that Loki's clients see. Knows words, not grammar."""

import re
from dataclasses import dataclass

from watchkeeper_store.logql.errors import ParseError
from watchkeeper_store.logql.language import FUNCTION_TOKENS, KEYWORDS, PARSER_FLAGS, SIGNS
from watchkeeper_store.logql.quantities import parse_prometheus_duration, parse_query_duration, parse_size
from watchkeeper_store.logql.quoting import unquote

END = "$end"

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
# Numbers as the reference scanner delimits them: what they lack, or have too much, it only says afterwards. A `0b` without
# digits is none of them: it begins a size.
_NUMBER = re.compile(
    r"0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?|0[oO][0-9_]*|0[bB][0-9_]+"
    r"|(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9_]*)?"
)
_BASES = {"x": ("hexadecimal", 16), "o": ("octal", 8), "b": ("binary", 2)}
_LONE_UNDERSCORE = re.compile(r"__|(?<![0-9a-fA-FxXoObB])_|_(?![0-9a-fA-F])")
_WORD = re.compile(r"[^\W\d]\w*")
_BYTE_ORDER_MARK = "\ufeff"
_DURATION_TAIL = re.compile(r"[\dnuµmshdwy.]+")
_SIZE_TAIL = re.compile(r"[\dBikKMGTP.]+")
_FLAG = re.compile(r"-[A-Za-z-]+")
_ESCAPE = r"\\(?:[abfnrtv\\{mark}]|[0-7]{{3}}|x[0-9a-fA-F]{{2}}|u[0-9a-fA-F]{{4}}|U[0-9a-fA-F]{{8}})"
_STRING_PART = re.compile(r'[^"\\\n]+|' + _ESCAPE.format(mark='"'))
_CHARACTER_PART = re.compile(r"[^'\\\n]+|" + _ESCAPE.format(mark="'"))
_FOLLOWED_BY_PARENTHESIS = re.compile(r"\s*(?:\(|(?:by|without)\s*\()", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One word of a query. `kind` is what error messages call it; `value` is nanoseconds for durations, bytes for sizes."""

    kind: str
    text: str
    line: int
    column: int
    value: int = 0


class Lexer:
    """Hands out tokens one by one, so that a syntax error early in a query wins over a bad literal later."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = len(_BYTE_ORDER_MARK) if text.startswith(_BYTE_ORDER_MARK) else 0
        self._line = 1
        self._line_start = 0

    def next(self) -> Token:
        """The next token, or one of kind `$end` again and again. Raises ParseError for what is no token."""
        self._skip_blank()
        start = self._position
        if start >= len(self._text):
            # The end of a query without a single character has no place.
            return self._token(END, "", start) if self._text else Token(kind=END, text="", line=0, column=0)
        first = self._text[start]
        if first in '"`':
            return self._string(start, first)
        number = _NUMBER.match(self._text, start)
        if number is not None:
            return self._number(start, number[0])
        if first == "-":
            flag_or_duration = self._after_minus(start)
            if flag_or_duration is not None:
                return flag_or_duration
        if first == "[":
            return self._range(start)
        if first == "'":
            return self._character(start)
        word = _word_at(self._text, start)
        if word:
            return self._word(start, word)
        return self._sign(start, first)

    def _skip_blank(self) -> None:
        blank = _BLANK.match(self._text, self._position)
        if blank is None:
            return
        skipped = blank[0]
        newlines = skipped.count("\n")
        if newlines:
            self._line += newlines
            self._line_start = self._position + skipped.rindex("\n") + 1
        self._position = blank.end()
        if self._text.startswith("/*", self._position):
            raise self._mistake("comment not terminated", self._position)

    def _place(self, start: int) -> tuple[int, int]:
        return self._line, start - self._line_start + 1

    def _mistake(self, message: str, start: int) -> ParseError:
        line, column = self._place(start)
        return ParseError(message, line, column)

    def _token(self, kind: str, text: str, start: int, *, value: int = 0, looked_ahead: bool = False) -> Token:
        line, column = self._place(start)
        self._position = start + len(text)
        return Token(kind=kind, text=text, line=0 if looked_ahead else line, column=column, value=value)

    def _string(self, start: int, mark: str) -> Token:
        if mark == "`":
            end = self._text.find("`", start + 1)
            if end < 0:
                raise self._mistake("literal not terminated", start)
            literal = self._text[start : end + 1]
            token = self._token("STRING", literal, start)
            newlines = literal.count("\n")
            if newlines:
                self._line += newlines
                self._line_start = start + literal.rindex("\n") + 1
            return Token(kind="STRING", text=literal[1:-1], line=token.line, column=token.column)
        literal, _ = self._literal(start, _STRING_PART)
        try:
            text = unquote(literal, replaces_surrogates=True)
        except ValueError as mistake:
            raise self._mistake(str(mistake), start) from None
        token = self._token("STRING", literal, start)
        return Token(kind="STRING", text=text, line=token.line, column=token.column)

    def _literal(self, start: int, part_pattern: re.Pattern[str]) -> tuple[str, int]:
        """A literal up to its closing mark, which is its first character, and of how many characters it is made."""
        mark = self._text[start]
        position, count = start + 1, 0
        while True:
            part = part_pattern.match(self._text, position)
            if part is not None:
                position = part.end()
                count += 1 if part[0].startswith("\\") else len(part[0])
            elif position >= len(self._text) or self._text[position] == "\n":
                raise self._mistake("literal not terminated", start)
            elif self._text[position] == mark:
                return self._text[start : position + 1], count
            else:
                raise self._mistake("invalid char escape", start)

    def _character(self, start: int) -> Token:
        """A character in single marks, which stands where an identifier could."""
        literal, count = self._literal(start, _CHARACTER_PART)
        if count != 1:
            raise self._mistake("invalid char literal", start)
        return self._token("IDENTIFIER", literal, start)

    def _number(self, start: int, number: str) -> Token:
        mistake = _number_mistake(number)
        if mistake:
            raise self._mistake(mistake, start)
        end = start + len(number)
        for tail_pattern, kind, read in ((_DURATION_TAIL, "DURATION", parse_query_duration), (_SIZE_TAIL, "BYTES", parse_size)):
            tail = tail_pattern.match(self._text, end)
            if tail is None:
                continue
            literal = number + tail[0]
            try:
                return self._token(kind, literal, start, value=read(literal), looked_ahead=True)
            except ValueError:
                continue
        return self._token("NUMBER", number, start)

    def _after_minus(self, start: int) -> Token | None:
        flag = _FLAG.match(self._text, start + 1)
        if flag is not None and f"-{flag[0]}" in PARSER_FLAGS:
            return self._token("FUNCTION_FLAG", f"-{flag[0]}", start, looked_ahead=True)
        tail = _DURATION_TAIL.match(self._text, start + 1)
        if tail is None:
            return None
        literal = f"-{tail[0]}"
        try:
            return self._token("DURATION", literal, start, value=parse_query_duration(literal), looked_ahead=True)
        except ValueError:
            return None

    def _range(self, start: int) -> Token:
        column = self._place(start)[1]
        end = self._text.find("]", start)
        if end < 0:
            raise ParseError("missing closing ']' in duration", 0, column)
        literal = self._text[start : end + 1]
        try:
            return self._token("RANGE", literal, start, value=parse_prometheus_duration(literal[1:-1]), looked_ahead=True)
        except ValueError as mistake:
            raise ParseError(str(mistake), 0, column) from None

    def _word(self, start: int, word: str) -> Token:
        lowered = word.lower()
        function = FUNCTION_TOKENS.get(lowered)
        if function is not None:
            is_called = _FOLLOWED_BY_PARENTHESIS.match(self._text, start + len(word)) is not None
            return self._token(function if is_called else "IDENTIFIER", word, start)
        return self._token(lowered if lowered in KEYWORDS else "IDENTIFIER", word, start)

    def _sign(self, start: int, first: str) -> Token:
        pair = self._text[start : start + 2]
        if len(pair) == 2 and pair in SIGNS:
            return self._token(pair, pair, start, looked_ahead=True)
        # A character that is no sign at all is an identifier to the reference scanner, and its messages say so.
        return self._token(first if first in SIGNS else "IDENTIFIER", first, start)


def _word_at(text: str, start: int) -> str:
    """The name that starts here, "" where none does: letters, decimal digits and `_`; other numerals (`½`, `Ⅷ`) end it."""
    found = _WORD.match(text, start)
    if found is None:
        return ""
    word = found[0]
    if word.isascii():
        return word
    length = next((index for index, one in enumerate(word) if not (one == "_" or one.isalpha() or one.isdecimal())), len(word))
    return word[:length]


def _number_mistake(number: str) -> str:
    """What is wrong with a number by itself, "" where nothing is."""
    name, base = _BASES.get(number[1:2].lower(), ("decimal", 10)) if number[0] == "0" else ("decimal", 10)
    digits = number[2:] if base != 10 else number
    mantissa, exponent_mark, exponent = _parts(digits, "pP" if base == 16 else "eE")
    if not mantissa.strip("_."):
        return f"{name} literal has no digits"
    if exponent_mark and not exponent.strip("_+-"):
        return "exponent has no digits"
    if base == 16 and "." in mantissa and not exponent_mark:
        return "hexadecimal mantissa requires a 'p' exponent"
    if base == 10 and number[0] == "0" and "." not in mantissa and not exponent_mark:
        name, base = "octal", 8
    invalid = next((digit for digit in mantissa if base < 10 and digit.isdigit() and int(digit) >= base), "")
    if invalid:
        return f"invalid digit '{invalid}' in {name} literal"
    return "'_' must separate successive digits" if _LONE_UNDERSCORE.search(number) else ""


def _parts(digits: str, exponent_marks: str) -> tuple[str, str, str]:
    """Mantissa, the mark of the exponent and the exponent."""
    place = next((index for index, mark in enumerate(digits) if mark in exponent_marks), len(digits))
    return digits[:place], digits[place : place + 1], digits[place + 1 :]
