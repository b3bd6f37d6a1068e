"""Label matchers of a stream selector: what they are and what they accept. How they are written is the parser's business."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import re2


class MatchOperator(StrEnum):
    """The four ways a selector compares a label value."""

    EQUAL = "="
    NOT_EQUAL = "!="
    REGEX = "=~"
    NOT_REGEX = "!~"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """One `name operator "value"` of a selector.

    Regular expressions are RE2, anchored at both ends, and `.` matches a newline.
    """

    name: str
    operator: MatchOperator
    value: str

    def predicate(self) -> Callable[[str], bool]:
        """A compiled test of one label value; a stream without the label is tested with the empty string."""
        value = self.value
        match self.operator:
            case MatchOperator.EQUAL:
                return lambda text: text == value
            case MatchOperator.NOT_EQUAL:
                return lambda text: text != value
        accepts = anchored(value).fullmatch
        if self.operator is MatchOperator.REGEX:
            return lambda text: accepts(text) is not None
        return lambda text: accepts(text) is None

    def accepts_empty(self) -> bool:
        """Whether a stream without this label passes."""
        return self.predicate()("")


def anchored(pattern: str) -> "re2._Regexp":
    """Compile an anchored selector pattern; a matching failure to compile raises `re2.error`."""
    options = re2.Options()
    options.dot_nl = True
    options.log_errors = False
    return re2.compile(pattern, options)
