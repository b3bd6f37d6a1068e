"""YAML or JSON text of any tool → located documents. Looser than ``spec.read``: merges and several documents are fine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml
from yaml.error import Mark, MarkedYAMLError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.reader import ReaderError

from watchkeeper.spec.document import Data, Document, KeyPath, Place

MOST_VALUES = 300_000
DEEPEST = 80
_INTEGER = re.compile(r"[-+]?\d{1,18}")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset:
    """Where a text starts inside the file it was taken from; both count from 0."""

    line: int = 0
    column: int = 0

    def place(self, mark: Mark) -> Place:
        return Place(line=mark.line + 1 + self.line, column=mark.column + 1 + self.column)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why a text could not be read to its end, and where."""

    place: Place
    message: str


@dataclass(slots=True, kw_only=True)
class Reading:
    """``refused`` holds at most one problem: what comes after it was not read."""

    documents: list[Document] = field(default_factory=list)
    refused: Refused | None = None


def read(text: str, file: str, offset: Offset | None = None) -> Reading:
    """Every document of a text, in order. A list at the top is read as ``{"": [...]}``; empty documents are left out."""
    offset = offset or Offset()
    reading = Reading()
    try:
        for root in yaml.compose_all(_tabs_as_spaces(text), Loader=_LOADER):
            if root is not None and not (isinstance(root, ScalarNode) and not root.value):
                reading.documents.append(_document(root, file, offset))
    except MarkedYAMLError as refused:
        mark = refused.problem_mark or refused.context_mark
        place = offset.place(mark) if mark else Place(line=offset.line + 1, column=1)
        reading.refused = Refused(place=place, message=f"cannot read this: {refused.problem or refused.context or 'not YAML'}")
    except ReaderError as refused:
        reading.refused = Refused(
            place=Place(line=offset.line + 1, column=1),
            message=f"cannot read this: {refused.reason} at character {refused.position}",
        )
    except (_TooLargeError, RecursionError):
        reading.refused = Refused(
            place=Place(line=offset.line + 1, column=1), message="cannot read a file as large or deep as this"
        )
    return reading


class _TooLargeError(Exception):
    pass


def _tabs_as_spaces(text: str) -> str:
    """JSON may be indented with tabs, YAML not; one space for each keeps every column."""
    if not text.lstrip().startswith(("{", "[")):
        return text
    return re.sub(r"^[ \t]+", lambda found: " " * len(found[0]), text, flags=re.MULTILINE)


def _document(root: Node, file: str, offset: Offset) -> Document:
    building = _Building(offset)
    path: KeyPath = () if isinstance(root, MappingNode) else ("",)
    value = building.value(root, path)
    data: dict[str, Data] = value if isinstance(value, dict) else {"": value}
    building.values.setdefault((), offset.place(root.start_mark))
    return Document(file=file, data=data, values=building.values, keys=building.keys)


class _Building:
    """The state of turning one node tree into data and places."""

    def __init__(self, offset: Offset) -> None:
        self.values: dict[KeyPath, Place] = {}
        self.keys: dict[KeyPath, Place] = {}
        self._offset = offset
        self._left = MOST_VALUES

    def value(self, node: Node, path: KeyPath) -> Data:
        self.values[path] = self._offset.place(node.start_mark)
        self._left -= 1
        if self._left < 0 or len(path) > DEEPEST:
            raise _TooLargeError
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        return _scalar(node)

    def _mapping(self, node: MappingNode, path: KeyPath) -> dict[str, Data]:
        found: dict[str, Data] = {}
        for key, value in _entries(node):
            inner = (*path, str(key.value))
            self.keys[inner] = self._offset.place(key.start_mark)
            found[str(key.value)] = self.value(value, inner)
        return found


def _entries(node: MappingNode) -> Iterator[tuple[ScalarNode, Node]]:
    """Keys and values with merges (``<<``) first, so that a key written here wins; keys that are not scalars are left out."""
    for key, value in node.value:
        if isinstance(key, ScalarNode) and _is_merge(key):
            sources = value.value if isinstance(value, SequenceNode) else [value]
            for source in reversed(sources):
                if isinstance(source, MappingNode) and source is not node:
                    yield from _entries(source)
    for key, value in node.value:
        if isinstance(key, ScalarNode) and not (_is_merge(key)):
            yield key, value


def _is_merge(key: ScalarNode) -> bool:
    """Whether a key is a plain ``<<``; the C parser calls a plain style an empty text, the other one None."""
    return key.value == "<<" and key.style in (None, "")


def _scalar(node: Node) -> Data:
    text = str(node.value)
    if not isinstance(node, ScalarNode) or node.style not in (None, ""):
        return text
    if text in {"true", "True", "TRUE"}:
        return True
    if text in {"false", "False", "FALSE"}:
        return False
    if text in {"", "~", "null", "Null", "NULL"}:
        return None
    return int(text) if _INTEGER.fullmatch(text) else text
