"""Paths into JSON documents as `| json label="…"` writes them: `servers[0].name`, `["odd key"][1]`."""

import re

from watchkeeper_store.logql.quoting import quote

Path = tuple[str | int, ...]

_STEP = re.compile(
    r"""\s*(?:(?P<dot>\.)?\s*(?P<field>[A-Za-z_][A-Za-z0-9_]*)|\[\s*(?:(?P<index>[0-9]+)|(?P<key>"(?:[^"\\]|\\.)*"))\s*\])\s*"""
)


class BadPath(ValueError):
    """Not a path."""


def parse_path(text: str) -> Path:
    """Read a path: strings are keys of objects, integers are indexes of arrays. Raises BadPath."""
    steps: list[str | int] = []
    position = 0
    while position < len(text):
        step = _STEP.match(text, position)
        if step is None or (step["field"] is not None and bool(step["dot"]) != bool(steps)):
            raise BadPath(f"cannot parse expression [{text}]: syntax error: unexpected {quote(text[position])}")
        if step["field"] is not None:
            steps.append(step["field"])
        elif step["index"] is not None:
            steps.append(int(step["index"]))
        else:
            steps.append(re.sub(r"\\(.)", r"\1", step["key"][1:-1]))
        position = step.end()
    if not steps:
        raise BadPath(f"cannot parse expression [{text}]: syntax error: unexpected $end")
    return tuple(steps)
