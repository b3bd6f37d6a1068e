"""YAML text → ``Document``. Knows YAML and nothing of what a description means.

The types are those of YAML 1.2, so that ``on``, ``no`` and ``22:22`` are text as they look, and only ``true`` is true.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import NoReturn

from yaml.composer import Composer
from yaml.error import Mark, MarkedYAMLError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.parser import Parser
from yaml.reader import Reader, ReaderError
from yaml.resolver import BaseResolver
from yaml.scanner import Scanner

from watchkeeper.spec.document import START, Data, Document, KeyPath, Place, dotted
from watchkeeper.workload.failure import Mistake, MistakesFound

LARGEST_TEXT = 1_000_000
DEEPEST = 40
MOST_VALUES = 20_000

_PREFIX = "tag:yaml.org,2002:"
_PLAIN_TYPES = {
    "null": (re.compile(r"~|null|Null|NULL|"), ["~", "n", "N", ""]),
    "bool": (re.compile(r"true|True|TRUE|false|False|FALSE"), list("tTfF")),
    "int": (re.compile(r"[-+]?[0-9]{1,18}|0o[0-7]{1,18}|0x[0-9a-fA-F]{1,14}"), list("-+0123456789")),
    "float": (
        re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]{1,3})?"),
        list("-+.0123456789"),
    ),
}
_ADVICE = (
    ("mapping values are not allowed", "check the indentation, and put text that contains ': ' in quotes"),
    ("could not find expected ':'", "each line of a mapping is key: value"),
    ("expected <block end>", "check the indentation: keys of one mapping start in the same column"),
    ("cannot start any token", "put text that starts with this character in quotes"),
    ("undefined alias", "write the value itself instead of *name"),
)


class _Composer(Reader, Scanner, Parser, Composer, BaseResolver):
    """Text → nodes with marks. Nothing is constructed, so no tag can run code."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        BaseResolver.__init__(self)


for _name, (_pattern, _first) in _PLAIN_TYPES.items():
    _Composer.add_implicit_resolver(_PREFIX + _name, re.compile(f"^(?:{_pattern.pattern})$"), _first)


def load(text: str, file: str) -> Document:
    """Read the text of a description; ``file`` is how messages call it. An empty text is an empty mapping.

    Raises MistakesFound where the text cannot be read at all; lesser mistakes are left in the document.
    """
    reading = _Reading(file)
    root = reading.compose(text)
    if root is not None and not (isinstance(root, ScalarNode) and root.tag == _PREFIX + "null"):
        if isinstance(root, MappingNode):
            reading.data = reading.mapping(root, ())
        else:
            reading.complain(root.start_mark, "wrong-type", "cannot read a description that is not keys and values",
                             "start with a key, as in preset: core")  # fmt: skip
    return Document(file=file, data=reading.data, values=reading.values, keys=reading.keys, mistakes=tuple(reading.mistakes))


class _Reading:
    """The state of reading one file: what was found so far, and where."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.data: dict[str, Data] = {}
        self.values: dict[KeyPath, Place] = {}
        self.keys: dict[KeyPath, Place] = {}
        self.mistakes: list[Mistake] = []
        self._left = MOST_VALUES

    def compose(self, text: str) -> Node | None:
        """The root node of the only document, or None."""
        if len(text) > LARGEST_TEXT:
            self._refuse_size(START)
        try:
            composer = _Composer(text)
            root: Node | None = composer.get_node() if composer.check_node() else None
            if composer.check_node():
                second = composer.peek_event()  # type: ignore[no-untyped-call]  # the stubs leave it out
                self.complain(second.start_mark, "several-documents", "cannot read a second YAML document",
                              "remove --- and what follows, or put it in a file of its own")  # fmt: skip
        except MarkedYAMLError as refused:
            self._complain_syntax(refused)
        except ReaderError as refused:
            before = text[: refused.position]
            place = Place(line=before.count("\n") + 1, column=refused.position - before.rfind("\n"))
            self._add(place, "bad-syntax", f"cannot read the control character U+{refused.character:04X}",
                      "remove it, or write it as an escape in double quotes")  # fmt: skip
        except RecursionError:
            self._refuse_size(START)
        else:
            return root
        raise MistakesFound(self.mistakes)

    def _refuse_size(self, place: Place) -> NoReturn:
        self._add(place, "too-large", "cannot read a description as large or deep as this one",
                  f"keep it below {LARGEST_TEXT} characters, {MOST_VALUES} values (each use of an alias counts) "
                  f"and {DEEPEST} levels")  # fmt: skip
        raise MistakesFound(self.mistakes)

    def complain(self, mark: Mark, kind: str, message: str, hint: str) -> None:
        self._add(_place(mark), kind, message, hint)

    def _add(self, place: Place, kind: str, message: str, hint: str) -> None:
        self.mistakes.append(
            Mistake(file=self.file, line=place.line, column=place.column, kind=kind, message=message, hint=hint)
        )

    def _complain_syntax(self, refused: MarkedYAMLError) -> None:
        place = _place(refused.problem_mark) if refused.problem_mark else START
        problem = refused.problem or "it is not complete"
        if refused.context_mark and ("end of stream" in problem or "expected ',' or" in problem):
            what = "quote" if "quoted" in str(refused.context) else "bracket"
            self._add(_place(refused.context_mark), "bad-syntax", f"cannot find what closes this {what}", f"close the {what}")
            return
        if "'\\t'" in problem:
            self._add(place, "tab-indentation", "cannot read a tab here", "indent with spaces")
            return
        hint = next((advice for part, advice in _ADVICE if part in problem), "check quotes, brackets and indentation")
        if refused.context and refused.context_mark and refused.context_mark.line + 1 != place.line:
            problem = f"{problem} ({refused.context} from line {refused.context_mark.line + 1})"
        self._add(place, "bad-syntax", f"cannot read this as YAML: {problem}", hint)

    def value(self, node: Node, path: KeyPath) -> Data:
        """The plain data of a node; what is wrong in it is remembered, not raised, until a limit is passed."""
        self.values[path] = _place(node.start_mark)
        self._left -= 1
        if self._left < 0 or len(path) > DEEPEST:
            self._refuse_size(_place(node.start_mark))
        if isinstance(node, MappingNode):
            return self.mapping(node, path)
        if isinstance(node, SequenceNode) and node.tag == _PREFIX + "seq":
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        if isinstance(node, ScalarNode):
            try:
                return _scalar(node)
            except (ValueError, KeyError):
                pass
        self.complain(node.start_mark, "unknown-tag", f"cannot use the YAML tag {_shown_tag(node)} here", "remove the tag")
        return None

    def mapping(self, node: MappingNode, path: KeyPath) -> dict[str, Data]:
        self.values.setdefault(path, _place(node.start_mark))
        found: dict[str, Data] = {}
        for name, key, value in self._entries(node):
            inner = (*path, name)
            if name in found:
                first = self.keys[inner].line
                self.complain(key.start_mark, "duplicate-key", f"cannot write the key {dotted(inner)} twice",
                              f"it stands in line {first} already")  # fmt: skip
                continue
            self.keys[inner] = _place(key.start_mark)
            found[name] = self.value(value, inner)
        return found

    def _entries(self, node: MappingNode) -> Iterator[tuple[str, Node, Node]]:
        if node.tag != _PREFIX + "map":
            self.complain(node.start_mark, "unknown-tag", f"cannot use the YAML tag {_shown_tag(node)} here", "remove the tag")
            return
        for key, value in node.value:
            if not isinstance(key, ScalarNode) or key.tag != _PREFIX + "str":
                written = key.value if isinstance(key, ScalarNode) else "a list or mapping"
                self.complain(key.start_mark, "key-not-text", f"cannot use {written or 'nothing'} as a key",
                              f'put it in quotes: "{written}"' if isinstance(key, ScalarNode) else "use text")  # fmt: skip
            elif key.value == "<<" and key.style is None:
                self.complain(key.start_mark, "merge-key", "cannot merge mappings with <<", "write the keys themselves")
            else:
                yield key.value, key, value


def _place(mark: Mark) -> Place:
    return Place(line=mark.line + 1, column=mark.column + 1)


def _shown_tag(node: Node) -> str:
    tag: str = node.tag
    return "!!" + tag.removeprefix(_PREFIX) if tag.startswith(_PREFIX) else tag


def _scalar(node: ScalarNode) -> Data:
    """Raises KeyError for a tag of no use here, ValueError for a value that does not fit its tag."""
    text: str = node.value
    kind = node.tag.removeprefix(_PREFIX)
    if kind == "str":
        return text
    if kind == "int":
        return int(text, 8 if text.startswith("0o") else 16 if text.startswith("0x") else 10)
    if kind == "float":
        number = float(text)
        return number if math.isfinite(number) else text
    return {"null": None, "true": True, "false": False}[kind if kind == "null" else text.lower() if kind == "bool" else ""]
