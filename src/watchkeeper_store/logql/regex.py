"""Regular expressions: RE2 through google-re2, with Go's error texts. Selectors anchor, line filters do not."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import re2

_GO_TEXTS = {
    "no argument for repetition operator": "missing argument to repetition operator",
    "missing ]": "missing closing ]",
    "bad repetition operator": "invalid nested repetition operator",
    "invalid repetition size": "invalid repeat count",
    "trailing \\": "trailing backslash at end of expression",
    "invalid named capture group": "invalid named capture",
    "invalid perl operator": "invalid or unsupported Perl syntax",
}


class BadPattern(ValueError):
    """A pattern RE2 refuses; the text is Go's."""


@lru_cache(maxsize=256)
def compiled(pattern: str, *, dot_matches_newline: bool = False) -> Any:
    """Compile once per pattern. Raises BadPattern."""
    options = re2.Options()
    options.dot_nl = dot_matches_newline
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as mistake:
        raise BadPattern(_go_text(pattern, mistake)) from None


def _go_text(pattern: str, mistake: Exception) -> str:
    reason = mistake.args[0] if mistake.args else ""
    text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
    kind, _, fragment = text.partition(": ")
    if kind == "missing )":
        return f"error parsing regexp: missing closing ): `{pattern}`"
    if kind == "unexpected )":
        return f"error parsing regexp: unexpected ): `{pattern}`"
    return f"error parsing regexp: {_GO_TEXTS.get(kind, kind)}: `{fragment}`"


def finder(pattern: str) -> Callable[[str], bool]:
    """A test whether the pattern is found anywhere in a text."""
    search = compiled(pattern).search
    return lambda text: search(text.encode("utf-8", "surrogatepass")) is not None


def whole_matcher(pattern: str) -> Callable[[str], bool]:
    """A test whether the pattern matches a whole text; `.` matches a newline, as in selectors."""
    accepts = compiled(pattern, dot_matches_newline=True).fullmatch
    return lambda text: accepts(text.encode("utf-8", "surrogatepass")) is not None
