"""What every pipeline stage is: an immutable node that prints itself and compiles itself into a step."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from watchkeeper_store.logql.errors import PRESERVE_ERROR_LABEL
from watchkeeper_store.logql.record import Record

Step: TypeAlias = Callable[[Record], bool]
"""Works on a record in place; False drops the line."""

JSON_ERROR = "JSONParserErr"
LOGFMT_ERROR = "LogfmtParserErr"
SAMPLE_ERROR = "SampleExtractionErr"
FILTER_ERROR = "LabelFilterErr"
TEMPLATE_ERROR = "TemplateFormatErr"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which labels the rest of a query can see; parsers extract no others, and stop reading a line once they have all.

    `labels` None stands for all, `nothing` for none at all. `keeps_errors` says that the query asks about `__error__` itself,
    so a failed line is a result and not the end of the query.
    """

    labels: frozenset[str] | None = None
    nothing: bool = False
    keeps_errors: bool = False

    def label(self, name: str) -> bool:
        """Whether a label of this name is needed."""
        return self.labels is None or name in self.labels

    def prefix(self, name: str) -> bool:
        """Whether any needed label starts with `name`."""
        return self.labels is None or any(label.startswith(name) for label in self.labels)

    def satisfied_by(self, record: Record) -> bool:
        """Whether all that is needed was found in the line already."""
        return self.labels is not None and len(self.labels) > 0 and record.has_extracted(self.labels)

    def fail(self, record: Record, error: str, details: str) -> None:
        """Mark a line that could not be parsed."""
        record.fail(error, details)
        if self.keeps_errors:
            record.set_parsed(PRESERVE_ERROR_LABEL, "true")


EVERYTHING = Wanted()


class Stage(ABC):
    """A node of a pipeline. Subclasses are frozen dataclasses."""

    __slots__ = ()

    @abstractmethod
    def text(self) -> str:
        """The printed form, from `|` or the filter operator on."""

    @abstractmethod
    def compile(self, wanted: Wanted) -> Step:
        """The step of this stage. Raises errors.ParseError where the stage parses but cannot run."""

    def reads(self) -> tuple[str, ...]:
        """Names of labels that the stage looks at."""
        return ()


def keep_all(_: Record) -> bool:
    """A step that does nothing."""
    return True
