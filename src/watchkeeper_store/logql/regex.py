"""Regular expressions: RE2 through google-re2, with Go's error texts. Selectors anchor, line filters do not."""

import re
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
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
# RE2 reads `\C` as any one byte; Go's library knows no such escape. Behind `\Q` it would be text.
_ANY_BYTE = re.compile(r"^(?!.*\\Q)(?:[^\\]|\\[^C])*\\C", re.DOTALL)
_LOOK_BEHIND = ("(?<=", "(?<!")


class BadPattern(ValueError):
    """A pattern RE2 refuses; the text is Go's."""


@lru_cache(maxsize=256)
def compiled(pattern: str, *, dot_matches_newline: bool = False) -> Any:
    """Compile once per pattern. Raises BadPattern."""
    options = re2.Options()
    options.dot_nl = dot_matches_newline
    options.log_errors = False
    if _ANY_BYTE.search(pattern) is not None:
        raise BadPattern(r"error parsing regexp: invalid escape sequence: `\C`")
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
    if fragment in _LOOK_BEHIND:
        # Go takes it for the name of a group, which may be written `(?<name>` as well.
        group = pattern[pattern.index(fragment) :]
        name, end, _ = group.partition(">")
        return f"error parsing regexp: invalid named capture: `{name}{end}`"
    if kind == "invalid repetition size":
        fragment = fragment.removesuffix("?")
    return f"error parsing regexp: {_GO_TEXTS.get(kind, kind)}: `{fragment}`"


_LITERAL = r"(?:[^\\.+*?()|\[\]{}^$]|\\[^A-Za-z0-9])"
_SIMPLE = re.compile(rf"(?:\.\*)?({_LITERAL}+)(?:\.\*)?|\.[*+]|")
_BEHIND_A_LITERAL = re.compile(rf"(\.\*)?{_LITERAL}+\((?:\?:|\?P?<\w+>)?([^()]*\|[^()]*)\)(\.\*)?")


def is_set_of_literals(pattern: str) -> bool:
    """Whether the reference implementation turns a pattern into comparisons with literal text: `a.*`, `err|warn`, `.+`.

    Its regex library factors alternatives that start alike, and single characters into a class, which it then cannot.
    """
    pattern = pattern.removeprefix("(?i)")
    behind = _BEHIND_A_LITERAL.fullmatch(pattern)
    if behind is not None:
        # three parts are the most that it takes apart
        return not (behind[1] and behind[3]) and _are_literals(behind[2])
    if pattern.startswith("(") and pattern.endswith(")") and pattern.count("(") == 1:
        pattern = pattern[1:-1]
    return _are_literals(pattern)


def _are_literals(alternatives: str) -> bool:
    simple = [_SIMPLE.fullmatch(alternative) for alternative in alternatives.split("|")]
    if not all(simple):
        return False
    literals = [found[1] or "" for found in simple if found is not None]
    return all(_stay_apart(left, right) for left, right in pairwise(literals))


def _stay_apart(left: str, right: str) -> bool:
    """Whether two alternatives next to each other stay literals once a common start is taken out: single characters do not."""
    shared = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        shared += 1
    return not len(left) - shared == len(right) - shared == 1


def finder(pattern: str) -> Callable[[str], bool]:
    """A test whether the pattern is found anywhere in a text."""
    search = compiled(pattern).search
    return lambda text: search(text.encode("utf-8", "surrogatepass")) is not None


def whole_matcher(pattern: str, *, dot_matches_newline: bool = True) -> Callable[[str], bool]:
    """A test whether the pattern matches a whole text; in selectors `.` matches a newline."""
    accepts = compiled(pattern, dot_matches_newline=dot_matches_newline).fullmatch
    return lambda text: accepts(text.encode("utf-8", "surrogatepass")) is not None
