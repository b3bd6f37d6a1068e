"""Go's replacement templates for regex matches: `$1`, `${1}`, `$name`, `$$`."""

import re
from collections.abc import Callable, Mapping

_REFERENCE = re.compile(r"\$(?:\$|\{(\w+)\}|(\w+))", re.ASCII)


def expand_references(template: str, group: Callable[[int], str | None], index_of_name: Mapping[str, int]) -> str:
    """Put groups in place of references; the longest name counts, unknown names and groups are empty."""

    def referred(reference: re.Match[str]) -> str:
        name = reference[1] or reference[2]
        if name is None:
            return "$"
        index = int(name) if name.isdigit() else index_of_name.get(name, -1)
        if index < 0:
            return ""
        try:
            return group(index) or ""
        except IndexError:
            return ""

    return _REFERENCE.sub(referred, template)
