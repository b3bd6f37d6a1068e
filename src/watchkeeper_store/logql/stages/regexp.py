"""`| regexp "…"`: named groups of an RE2 pattern as labels."""

import re
from dataclasses import dataclass

from watchkeeper_store.logql.errors import ParseError
from watchkeeper_store.logql.parser.cursor import Cursor
from watchkeeper_store.logql.quoting import quote
from watchkeeper_store.logql.record import Record
from watchkeeper_store.logql.regex import BadPattern, compiled
from watchkeeper_store.logql.stages.extraction import free_name
from watchkeeper_store.logql.stages.names import sanitized
from watchkeeper_store.logql.stages.stage import Stage, Step, Wanted

# RE2 takes any letter, the reference those of ASCII alone; a leading digit is one of a group but of no label
_GROUP_NAME = re.compile(r"[A-Za-z0-9_]+")
_NAMED_GROUP = re.compile(r"(?<!\\)(\\\\)*\(\?P?<([A-Za-z0-9_]+)>")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegexpStage(Stage):
    """A line in which the pattern is not found stays as it is."""

    pattern: str

    def text(self) -> str:
        return f"| regexp {quote(self.pattern)}"

    def compile(self, wanted: Wanted) -> Step:
        regex = compiled(self.pattern)
        groups = tuple((index, sanitized(name)) for name, index in sorted(regex.groupindex.items(), key=lambda item: item[1]))
        search = regex.search

        def step(record: Record) -> bool:
            # The library is quicker on bytes: it need not count characters.
            found = search(record.line.encode("utf-8", "surrogatepass"))
            if found is None:
                return True
            for index, group in groups:
                name = free_name(record, group)
                if wanted.label(name) and not record.is_extracted(name):
                    record.set_parsed(name, (found.group(index) or b"").decode("utf-8", "replace"))
            return True

        return step


def parse(cursor: Cursor) -> RegexpStage:
    """Read what follows `| `; the pattern is checked at once. Raises ParseError."""
    cursor.expect("regexp")
    pattern = cursor.expect("STRING").text
    try:
        regex = compiled(pattern)
    except BadPattern as mistake:
        raise ParseError(f"invalid regexp parser: {mistake}") from None
    if not regex.groupindex:
        raise ParseError("invalid regexp parser: at least one named capture must be supplied")
    for name in regex.groupindex:
        if _GROUP_NAME.fullmatch(name) is None:
            raise ParseError(f"invalid regexp parser: error parsing regexp: invalid named capture: `(?P<{name}>`")
    # RE2 takes the first group of a name and ignores the others, so that its own list does not tell
    written = [found[2] for found in _NAMED_GROUP.finditer(pattern)]
    for name in regex.groupindex:
        if written.count(name) > 1:
            raise ParseError(f"invalid regexp parser: duplicate extracted label name '{name}'")
    return RegexpStage(pattern=pattern)
