"""YAML whose values know their line: asking for the wrong shape notes a mistake, so that all are told at once.

Knows YAML and the generic shapes (text, number, list, mapping); the shipper's own keys are `read_settings`'s.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import yaml

_T = TypeVar("_T")


class ConfigUnusable(Exception):
    """Every mistake of one configuration file, one per line as ``file:line:column: cannot …``, in the file's order."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(mistakes))


class Mistakes:
    """Collects what is wrong with one file."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._found: list[tuple[int, int, str]] = []

    def add(self, node: yaml.Node, message: str) -> None:
        """``message`` starts with "cannot"."""
        mark = node.start_mark
        self._found.append((mark.line + 1, mark.column + 1, message))

    def raise_any(self) -> None:
        """Raises ConfigUnusable if anything was added."""
        if self._found:
            raise ConfigUnusable([f"{self.file}:{line}:{column}: {message}" for line, column, message in sorted(self._found)])


class Section:
    """One mapping of the file; every key must be asked for, `finish` notes those that were not."""

    def __init__(self, node: yaml.MappingNode, place: str, mistakes: Mistakes) -> None:
        self.node = node
        self.mistakes = mistakes
        self._place = place
        self._asked: list[str] = []
        self._values: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                mistakes.add(key, f"cannot use this key in {place}: it must be a word")
            elif key.value in self._values:
                mistakes.add(key, f"cannot use {key.value} twice in {place}; remove one of them")
            else:
                self._values[key.value] = value

    def value(self, key: str) -> yaml.Node | None:
        """The node under ``key``; None where it is absent or null."""
        self._asked.append(key)
        node = self._values.get(key)
        return None if node is None or node.tag == "tag:yaml.org,2002:null" else node

    def text(self, key: str, *, required: bool = False) -> str | None:
        """A scalar as it is written (``yes`` stays ``yes``), never empty."""
        node = self.value(key)
        if node is None:
            if required:
                self.mistakes.add(self.node, f"cannot do without {key} in {self._place}; add it")
            return None
        return self._scalar(node, key)

    def _scalar(self, node: yaml.Node, key: str) -> str | None:
        if not isinstance(node, yaml.ScalarNode) or not node.value:
            self.mistakes.add(node, f"cannot use {key}: it must be one non-empty value")
            return None
        if any("\ud800" <= letter <= "\udfff" for letter in node.value):
            self.mistakes.add(node, f"cannot use {key}: it holds half a character (a surrogate escape)")
            return None
        return str(node.value)

    def read(self, key: str, reader: Callable[[str], _T], default: _T, hint: str) -> _T:
        """The scalar under ``key`` through ``reader``, whose ValueError becomes a mistake ending with ``hint``."""
        text = self.text(key)
        if text is None:
            return default
        try:
            return reader(text)
        except ValueError as failure:
            self.mistakes.add(self._values[key], f"cannot use {key}: {failure}; {hint}")
            return default

    def choice(self, key: str, choices: Sequence[str], default: str) -> str:
        """One of a few words."""

        def chosen(text: str) -> str:
            if text not in choices:
                raise ValueError(f"{text!r} is not known")
            return text

        return self.read(key, chosen, default, f"choose one of {', '.join(choices)}")

    def texts(self, key: str) -> tuple[tuple[str, yaml.Node], ...]:
        """A list of scalars, each with its node."""
        node = self.value(key)
        if node is None:
            return ()
        if not isinstance(node, yaml.SequenceNode):
            self.mistakes.add(node, f"cannot use {key}: it must be a list (- value)")
            return ()
        found = ((self._scalar(item, f"this entry of {key}"), item) for item in node.value)
        return tuple((text, item) for text, item in found if text is not None)

    def pairs(self, key: str) -> tuple[tuple[str, str, yaml.Node], ...]:
        """A mapping of scalars as (key, value, the key's node)."""
        node = self.value(key)
        if node is None:
            return ()
        if not isinstance(node, yaml.MappingNode):
            self.mistakes.add(node, f"cannot use {key}: it must be a mapping (name: value)")
            return ()
        pairs = []
        for name, value in node.value:
            text = self._scalar(value, f"this value in {key}")
            if isinstance(name, yaml.ScalarNode) and text is not None:
                pairs.append((str(name.value), text, name))
        return tuple(pairs)

    def section(self, key: str) -> Section | None:
        """A mapping with keys of its own."""
        node = self.value(key)
        if node is None:
            return None
        if not isinstance(node, yaml.MappingNode):
            self.mistakes.add(node, f"cannot use {key}: it must be a mapping (name: value)")
            return None
        return Section(node, key, self.mistakes)

    def sections(self, key: str) -> list[Section]:
        """A list of mappings."""
        node = self.value(key)
        if not isinstance(node, yaml.SequenceNode):
            if node is not None:
                self.mistakes.add(node, f"cannot use {key}: it must be a list (- kind: …)")
            return []
        found = []
        for item in node.value:
            if isinstance(item, yaml.MappingNode):
                found.append(Section(item, f"an entry of {key}", self.mistakes))
            else:
                self.mistakes.add(item, f"cannot use this entry of {key}: it must be a mapping (kind: …)")
        return found

    def finish(self) -> None:
        """Note every key that nobody asked for."""
        for key, _ in self.node.value:
            if isinstance(key, yaml.ScalarNode) and key.value not in self._asked:
                near = difflib.get_close_matches(key.value, self._asked, n=1)
                hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(self._asked)}"
                self.mistakes.add(key, f"cannot use the unknown key {key.value} in {self._place}; {hint}")


def read_document(file: Path) -> Section:
    """The file's only document, a mapping. Raises ConfigUnusable."""
    try:
        node = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError as failure:
        raise ConfigUnusable([f"cannot read {file}: {failure.strerror}"]) from failure
    except UnicodeDecodeError as failure:
        raise ConfigUnusable([f"{file}:1:1: cannot read this file: it is not UTF-8 text"]) from failure
    except yaml.YAMLError as failure:
        mark = getattr(failure, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = getattr(failure, "problem", None) or "it is not YAML"
        raise ConfigUnusable([f"{file}:{line}:{column}: cannot parse: {problem}"]) from failure
    mistakes = Mistakes(file)
    if not isinstance(node, yaml.MappingNode):
        raise ConfigUnusable([f"{file}:1:1: cannot use this file: its top must be a mapping (push_url: …)"])
    return Section(node, "the file", mistakes)
