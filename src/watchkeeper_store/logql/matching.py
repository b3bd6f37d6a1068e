"""Label matchers: what they are and what they accept. How they are written is the parser's business."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from watchkeeper_store.logql.quoting import quote
from watchkeeper_store.logql.regex import whole_matcher


class MatchOperator(StrEnum):
    """The four ways a selector compares a label value."""

    EQUAL = "="
    NOT_EQUAL = "!="
    REGEX = "=~"
    NOT_REGEX = "!~"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """One `name operator "value"`. Regular expressions are RE2, anchored at both ends, and `.` matches a newline."""

    name: str
    operator: MatchOperator
    value: str

    def predicate(self) -> Callable[[str], bool]:
        """A compiled test of one label value; a missing label is tested as the empty string. Raises regex.BadPattern."""
        value = self.value
        match self.operator:
            case MatchOperator.EQUAL:
                return lambda text: text == value
            case MatchOperator.NOT_EQUAL:
                return lambda text: text != value
        accepts = whole_matcher(value)
        if self.operator is MatchOperator.REGEX:
            return accepts
        return lambda text: not accepts(text)

    def accepts_empty(self) -> bool:
        """Whether a stream without this label passes."""
        return self.predicate()("")

    def text(self) -> str:
        """The printed form, `app="shop"`."""
        return f"{self.name}{self.operator.value}{quote(self.value)}"
