"""One log line on its way through a pipeline: its text and its labels in their three categories."""

from collections.abc import Mapping

from watchkeeper_store.logql.errors import ERROR_DETAILS_LABEL, ERROR_LABEL
from watchkeeper_store.logql.labels import Labels

DUPLICATE_SUFFIX = "_extracted"


class Record:
    """The mutable state that the compiled steps of a pipeline work on.

    A label name lives in one category at a time: `parsed` (what stages extracted) beats `metadata` (structured metadata of the
    line) beats the stream's own labels. `base` is shared by all lines of a stream and never changed; `deleted` holds names of
    it that are gone, `spent` those that were extracted and removed again: no later parser extracts them once more.
    """

    __slots__ = ("base", "deleted", "error", "error_details", "line", "metadata", "parsed", "spent", "timestamp_ns")

    def __init__(self, timestamp_ns: int, line: str, base: Mapping[str, str], metadata: dict[str, str]) -> None:
        self.timestamp_ns = timestamp_ns
        self.line = line
        self.base = base
        self.metadata = metadata
        self.parsed: dict[str, str] = {}
        self.deleted: set[str] | None = None
        self.spent: set[str] | None = None
        self.error = ""
        self.error_details = ""

    def get(self, name: str) -> str | None:
        """The value of a label in any category, None where there is none."""
        value = self.parsed.get(name)
        if value is not None:
            return value
        value = self.metadata.get(name)
        if value is not None:
            return value
        if self.deleted is not None and name in self.deleted:
            return None
        return self.base.get(name)

    def set_parsed(self, name: str, value: str) -> None:
        """Extract a label; it hides the same name in the other categories."""
        if name in self.metadata:
            self.metadata = {other: kept for other, kept in self.metadata.items() if other != name}
        self.parsed[name] = value

    def is_extracted(self, name: str) -> bool:
        """Whether a stage has set this label already; the first parser to find a name keeps it."""
        return name in self.parsed or (self.spent is not None and name in self.spent)

    def has_extracted(self, names: frozenset[str]) -> bool:
        """Whether all of these were."""
        if self.spent is None:
            return names <= self.parsed.keys()
        return all(self.is_extracted(name) for name in names)

    def delete(self, name: str) -> None:
        """Remove a label from every category."""
        if self.parsed.pop(name, None) is not None:
            self.spent = {name} if self.spent is None else self.spent | {name}
        if name in self.metadata:
            self.metadata = {other: kept for other, kept in self.metadata.items() if other != name}
        if self.deleted is None:
            self.deleted = set()
        self.deleted.add(name)

    def rename(self, name: str, new_name: str) -> None:
        """Give a label a new name, under which it counts as extracted; nothing happens where there is no such label."""
        value = self.get(name)
        if value is not None:
            self.set_parsed(new_name, value)
            self.delete(name)

    def fail(self, error: str, details: str) -> None:
        """Mark the line with `__error__`; the line stays. Without details of its own an error keeps those of the one before."""
        self.error = error
        if details:
            self.error_details = details

    @property
    def is_untouched(self) -> bool:
        """Whether its labels are still those of its stream and its metadata."""
        return not self.parsed and self.deleted is None and not self.error and not self.error_details

    def stream_labels(self) -> dict[str, str]:
        """Labels of the stream that no other category hides, by name, unsorted."""
        parsed, metadata = self.parsed, self.metadata
        deleted = self.deleted or ()
        return {
            name: value
            for name, value in self.base.items()
            if name not in parsed and name not in metadata and name not in deleted
        }

    def parsed_labels(self) -> dict[str, str]:
        """Extracted labels and, on a line that a stage failed on, the error labels.

        Details of an error that was dropped are seen only where anything else of the line's labels is not the stream's.
        """
        is_changed = bool(self.error or self.parsed or self.metadata or self.deleted)
        if not self.error and not (self.error_details and is_changed):
            return self.parsed
        labels = dict(self.parsed)
        if self.error:
            labels[ERROR_LABEL] = self.error
        if self.error_details:
            labels[ERROR_DETAILS_LABEL] = self.error_details
        return labels

    def all_labels(self) -> dict[str, str]:
        """Every label of the line, by name, unsorted."""
        if not self.metadata and self.is_untouched:
            return dict(self.base)
        labels = self.stream_labels()
        labels |= self.metadata
        labels |= self.parsed_labels()
        return labels


def metadata_beside(base: Mapping[str, str], metadata: Labels) -> dict[str, str]:
    """Structured metadata as the labels of a line: names that the stream has already get the suffix `_extracted`."""
    return {(f"{name}{DUPLICATE_SUFFIX}" if name in base else name): value for name, value in metadata}
