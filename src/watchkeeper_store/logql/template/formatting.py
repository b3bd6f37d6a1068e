"""Go's fmt.Sprintf for the values that templates have."""

import re
from collections.abc import Sequence

from watchkeeper_store.logql.quoting import quote
from watchkeeper_store.logql.template.go_time import GoTime
from watchkeeper_store.logql.template.signatures import check_length
from watchkeeper_store.logql.template.values import Value, go_float, kind_of, nested

_VERB = re.compile(r"%([-+# 0]*)(\*|\d+)?(?:\.(\*|\d+)?)?(.)?", re.DOTALL)
_WIDEST = 1_000_000
_HAS_PRECISION = re.compile(r"%[-+# 0]*(?:\*|\d+)?\.")


def sprintf(template: str, arguments: Sequence[Value]) -> str:
    """Format like Go; mistakes show up in the text (`%!d(string=x)`), they are not errors. Only length is: FunctionFailure."""
    waiting = list(arguments)
    out: list[str] = []
    position = length = 0
    for found in _VERB.finditer(template):
        out.append(template[position : found.start()])
        position = found.end()
        out.append(_one(found, waiting))
        length += len(out[-1])
        check_length(length)
    out.append(template[position:])
    if waiting:
        extra = ", ".join(f"{kind_of(one)}={nested(one)}" if one is not None else "<nil>" for one in waiting)
        out.append(f"%!(EXTRA {extra})")
    return "".join(out)


def _one(found: "re.Match[str]", waiting: list[Value]) -> str:
    flags, verb = found[1], found[4]
    if verb is None:
        return "%!(NOVERB)"
    if verb == "%":
        return "%"
    width = _number(found[2], waiting)
    precision = _number(found[3], waiting)
    for number, mistake in ((width, "%!(BADWIDTH)"), (precision, "%!(BADPREC)")):
        if number is not None and abs(number) > _WIDEST:
            return mistake
    if precision is None and _HAS_PRECISION.match(found[0]):
        precision = 0
    if width is not None and width < 0:
        flags, width = f"{flags}-", -width
    if not waiting:
        return f"%!{verb}(MISSING)"
    text = _formatted(verb, flags, precision, waiting.pop(0))
    if width is None or len(text) >= width:
        return text
    if "-" in flags:
        return text.ljust(width)
    if "0" in flags:
        sign = text[0] if text[0] in "+-" else ""
        return sign + text[len(sign) :].rjust(width - len(sign), "0")
    return text.rjust(width)


def _number(text: str | None, waiting: list[Value]) -> int | None:
    if text == "*":
        value = waiting.pop(0) if waiting else None
        return int(value) if isinstance(value, int) else None
    return int(text) if text else None


def _formatted(verb: str, flags: str, precision: int | None, value: Value) -> str:
    if verb == "v":
        return _signed(nested(value), flags, value)
    if verb == "T":
        return kind_of(value) if value is not None else "<nil>"
    text: str | None = None
    if isinstance(value, bool):
        text = nested(value) if verb == "t" else None
    elif isinstance(value, int):
        text = _integer(verb, flags, value)
    elif isinstance(value, float):
        text = _float(verb, precision, value)
        text = _signed(text, flags, value) if text is not None else None
    elif isinstance(value, str):
        text = _string(verb, flags, precision, value)
    elif isinstance(value, GoTime) and verb == "s":
        text = value.text()
    elif isinstance(value, list) and verb in "sdqfx":
        return "[" + " ".join(_formatted(verb, flags, precision, item) for item in value) + "]"
    elif isinstance(value, dict) and verb in "sdqfx":
        pairs = (
            f"{_formatted(verb, flags, precision, key)}:{_formatted(verb, flags, precision, value[key])}"
            for key in sorted(value)
        )
        return "map[" + " ".join(pairs) + "]"
    if text is not None:
        return text
    if value is None:
        return f"%!{verb}(<nil>)"
    return f"%!{verb}({kind_of(value)}={nested(value)})"


def _signed(text: str, flags: str, value: Value) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool) and text[0] not in "+-":
        if "+" in flags:
            return f"+{text}"
        if " " in flags:
            return f" {text}"
    return text


def _character(code: int) -> str:
    return chr(code) if 0 <= code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"


def _integer(verb: str, flags: str, value: int) -> str | None:
    alternate = "#" in flags
    forms = {
        "d": lambda: _signed(str(int(value)), flags, value),
        "b": lambda: format(value, "#b" if alternate else "b"),
        "o": lambda: ("0" if alternate else "") + format(value, "o"),
        "O": lambda: f"0o{value:o}",
        "x": lambda: format(value, "#x" if alternate else "x"),
        "X": lambda: format(value, "X"),
        "c": lambda: _character(value),
        "q": lambda: f"'{_character(value)}'",
        "U": lambda: f"U+{value:04X}",
    }
    write = forms.get(verb)
    return write() if write is not None else None


def _float(verb: str, precision: int | None, value: float) -> str | None:
    match verb:
        case "f" | "F":
            return f"{value:.{6 if precision is None else precision}f}"
        case "e" | "E":
            return format(value, f".{6 if precision is None else precision}{verb}")
        case "g" | "G":
            if precision is None:
                return go_float(value)
            return format(value, f".{precision or 1}{verb}")
    return None


def _string(verb: str, flags: str, precision: int | None, value: str) -> str | None:
    match verb:
        case "s":
            return value if precision is None else value[:precision]
        case "q":
            text = value if precision is None else value[:precision]
            return f"`{text}`" if "#" in flags and "`" not in text else quote(text)
        case "x":
            return value.encode().hex()
        case "X":
            return value.encode().hex().upper()
    return None
