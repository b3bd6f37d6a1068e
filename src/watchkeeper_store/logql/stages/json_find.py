"""Values at paths in a JSON line, `| json label="path"`, each path's first place in the order of the line.

A well-formed line is decoded as a whole. In any other what stands before the mistake, and often what stands behind it, is found
as well: braces, brackets and quotes are followed, and nothing else is looked at.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from watchkeeper_store.logql.stages.json_path import Path
from watchkeeper_store.logql.stages.json_scan import (
    MALFORMED,
    JsonMistake,
    Kind,
    Value,
    block_end,
    clean,
    elements,
    members,
    skip_blank,
    string_end,
    unescaped,
    value_at,
)


def refuse_constant(name: str) -> NoReturn:
    """NaN and the like, which only Python takes for JSON."""
    raise ValueError(name)


# Numbers keep their spelling: 1.0 and 1e3 are label values, not quantities. Objects are tuples of pairs, for keys that repeat.
decode_pairs = json.JSONDecoder(
    strict=False, parse_float=str, parse_int=str, parse_constant=refuse_constant, object_pairs_hook=tuple
).decode

_MARK = re.compile(r'["{}\[\]]')
_NESTED = (tuple, list)

Found = tuple[int, Value | JsonMistake]
"""Which path, and the value there or why it cannot be read; -1 for a mistake that ends the search."""


def values_at(line: str, paths: Sequence[Path]) -> Iterator[Found]:
    """What is found, in no particular order; nothing for a path that leads nowhere."""
    try:
        document = decode_pairs(line)
    except (ValueError, RecursionError):
        yield from _followed(line, paths)
        return
    places = [_place(document, path) for path in paths]
    if any(isinstance(place, _NESTED) for found in places for place in found):
        yield from _followed(line, paths)  # the raw text is wanted
        return
    for index, found in enumerate(places):
        for place in found:
            yield index, _scalar(place)


def _place(document: Any, path: Path) -> tuple[Any, ...]:
    """The first value at the path, alone in a tuple, or an empty tuple."""
    if not path:
        return (document,)
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        return _place(document[step], rest) if isinstance(document, list) and step < len(document) else ()
    if isinstance(document, tuple):
        for key, value in document:
            if key == step and (found := _place(value, rest)):
                return found
    return ()


def _scalar(value: Any) -> Value:
    if value is None:
        return Value(Kind.NULL, "null")
    if isinstance(value, bool):
        return Value(Kind.BOOLEAN, "true" if value else "false")
    return Value(Kind.NUMBER, clean(value))  # a number or the text of a string: neither has anything left to undo


def _followed(line: str, paths: Sequence[Path]) -> Iterator[Found]:
    """The lenient way."""
    search = _Search(line, paths)
    while search.left:
        mark = _MARK.search(line, search.position)
        if mark is None:
            return
        search.position = mark.end()
        try:
            if mark[0] == '"':
                yield from search.key(mark.end())
            elif mark[0] == "[":
                yield from search.array(mark.start())
            else:
                search.level += 1 if mark[0] == "{" else -1
        except _Ends as end:
            if end.mistake is not None:
                yield -1, end.mistake
            return


class _Ends(Exception):
    """The search cannot go on, perhaps because of a mistake that is to be told."""

    def __init__(self, mistake: JsonMistake | None = None) -> None:
        self.mistake = mistake


class _Search:
    """Where in the line the search is, under which keys, and the paths that are still looked for."""

    def __init__(self, line: str, paths: Sequence[Path]) -> None:
        self._line = line
        self.left = dict(enumerate(paths))
        self._longest = max(len(path) for path in paths)
        self._trail: list[str] = [""] * self._longest
        self.position = 0
        self.level = 0

    def key(self, first: int) -> Iterator[Found]:
        """A string whose text begins at `first`, perhaps a key: the values of the paths that end there."""
        line, level = self._line, self.level
        end = string_end(line, first)
        after = len(line) if end is None else skip_blank(line, end)
        if end is None or after == len(line):
            raise _Ends
        self.position = after
        if line[after] != ":":
            return
        name = unescaped(line[first : end - 1])
        if name is None:
            raise _Ends
        self.position = after + 1
        if level > self._longest:
            return
        if level < 1:
            raise _Ends(JsonMistake(MALFORMED))
        self._trail[level - 1] = name
        reached = tuple(self._trail[:level])
        for index in [index for index, path in self.left.items() if path == reached]:
            del self.left[index]
            yield index, _read(line, after + 1)

    def array(self, start: int) -> Iterator[Found]:
        """An array: the values of the paths that lead into it, and behind its end otherwise."""
        line, level = self._line, self.level
        if level < 0:
            raise _Ends(JsonMistake(MALFORMED))
        reached = tuple(self._trail[:level])
        leading = {
            index: path
            for index, path in self.left.items()
            if len(path) > level and isinstance(path[level], int) and path[:level] == reached
        }
        if not leading:
            try:
                self.position = block_end(line, start, "[", MALFORMED)
            except JsonMistake:
                raise _Ends from None
            return
        self.level += 1
        reader = elements(line, start)
        try:
            for number, (element, self.position) in enumerate(reader):
                for index, path in leading.items():
                    if path[level] != number:
                        continue
                    del self.left[index]
                    value = _inside(element, path[level + 1 :])
                    if value is not None:
                        yield index, value
        except JsonMistake:
            return


def _read(line: str, position: int) -> Value | JsonMistake:
    try:
        return value_at(line, position)[0]
    except JsonMistake as mistake:
        return mistake


def _inside(value: Value, path: Path) -> Value | None:
    """The value at a path in an element of an array."""
    try:
        for step in path:
            inner: Iterator[tuple[str | int, Value]] = iter(())
            if isinstance(step, str) and value.kind is Kind.OBJECT:
                inner = members(value.raw)
            elif isinstance(step, int) and value.kind is Kind.ARRAY:
                inner = ((number, one) for number, (one, _) in enumerate(elements(value.raw)))
            found = next((one for key, one in inner if key == step), None)
            if found is None:
                return None
            value = found
    except JsonMistake:
        return None
    return value
